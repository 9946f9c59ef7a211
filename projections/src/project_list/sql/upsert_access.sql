-- Gives access; given anew, it is the later role. $1 rows, no key twice.
insert into {build}.project_access (
  tenant_id, project_id, principal_level, principal_id, role, granted_by, granted_at)
select n.tenant_id, n.project_id, n.principal_level, n.principal_id, n.role, n.granted_by, n.granted_at
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, project_id uuid, principal_level text, principal_id text, role text, granted_by text,
  granted_at timestamptz)
on conflict (tenant_id, project_id, principal_level, principal_id) do update
set role = excluded.role, granted_by = excluded.granted_by, granted_at = excluded.granted_at
