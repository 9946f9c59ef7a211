-- Removes the further roles of those who left. $1 keys of users.
delete from {build}.role_grants g
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, user_id uuid)
where g.tenant_id = gone.tenant_id and g.user_id = gone.user_id
