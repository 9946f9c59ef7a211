-- Changes installed packages. $1 rows, null for what stays; another release says everything anew. Touches as many rows as
-- there are in it.
update {build}.packages k
set kind = coalesce(n.kind, k.kind), status = coalesce(n.status, k.status), version = coalesce(n.version, k.version),
    display_name = case when n.is_placed then n.display_name else k.display_name end,
    description = case when n.is_placed then n.description else k.description end,
    scope = coalesce(n.scope, k.scope), visibility = coalesce(n.visibility, k.visibility), updated_at = n.updated_at,
    position = n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, is_placed boolean, kind text, status text, version text, display_name text,
  description text, scope text, visibility text, updated_at timestamptz, position bigint)
where k.tenant_id = n.tenant_id and k.package_name = n.package_name
