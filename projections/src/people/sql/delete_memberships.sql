-- Removes memberships. $1 keys. Touches as many rows as there are keys.
delete from {build}.memberships m
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, user_id uuid)
where m.tenant_id = gone.tenant_id and m.user_id = gone.user_id
