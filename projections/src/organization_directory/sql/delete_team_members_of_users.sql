-- Removes those who left the organization from all of its teams. $1 keys of users.
delete from {build}.team_members m
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, user_id uuid)
where m.tenant_id = gone.tenant_id and m.user_id = gone.user_id
