-- Adds installed packages. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.packages (
  tenant_id, package_name, kind, status, version, display_name, description, scope, visibility, installed_at, updated_at,
  position)
select n.tenant_id, n.package_name, n.kind, n.status, n.version, n.display_name, n.description, n.scope, n.visibility,
       n.installed_at, n.updated_at, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, kind text, status text, version text, display_name text, description text, scope text,
  visibility text, installed_at timestamptz, updated_at timestamptz, position bigint)
