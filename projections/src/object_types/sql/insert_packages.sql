-- Adds installed packages. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.packages (tenant_id, package_name, kind, status, version, scope, visibility, satisfies)
select n.tenant_id, n.package_name, n.kind, n.status, n.version, n.scope, n.visibility, n.satisfies
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, kind text, status text, version text, scope text, visibility text, satisfies jsonb)
