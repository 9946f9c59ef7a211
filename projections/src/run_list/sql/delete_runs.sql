-- Removes purged runs. $1 keys. Touches as many rows as there are in it.
delete from {build}.runs r
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, run_id uuid)
where r.tenant_id = gone.tenant_id and r.run_id = gone.run_id
