-- Takes access back. $1 keys; what was given and taken back in one go is not there.
delete from {build}.project_access a
using jsonb_to_recordset($1::text::jsonb)
  as gone(tenant_id uuid, project_id uuid, principal_level text, principal_id text)
where a.tenant_id = gone.tenant_id and a.project_id = gone.project_id and a.principal_level = gone.principal_level
  and a.principal_id = gone.principal_id
