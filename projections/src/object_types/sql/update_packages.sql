-- Tells more of packages. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.packages k
set kind = coalesce(n.kind, k.kind), status = coalesce(n.status, k.status), version = coalesce(n.version, k.version),
    scope = coalesce(n.scope, k.scope), visibility = coalesce(n.visibility, k.visibility),
    satisfies = coalesce(n.satisfies, k.satisfies)
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, kind text, status text, version text, scope text, visibility text, satisfies jsonb)
where k.tenant_id = n.tenant_id and k.package_name = n.package_name
