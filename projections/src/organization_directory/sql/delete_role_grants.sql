-- Removes further roles. $1 keys; one that was granted and revoked in one go is not there.
delete from {build}.role_grants g
using jsonb_to_recordset($1::text::jsonb)
  as gone(tenant_id uuid, user_id uuid, role text, scope_level text, scope_record_id uuid)
where g.tenant_id = gone.tenant_id and g.user_id = gone.user_id and g.role = gone.role
  and g.scope_level = gone.scope_level and g.scope_record_id = gone.scope_record_id
