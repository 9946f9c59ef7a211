-- Removes the gates of purged runs. $1 keys of runs.
delete from {build}.gates g
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, run_id uuid)
where g.tenant_id = gone.tenant_id and g.run_id = gone.run_id
