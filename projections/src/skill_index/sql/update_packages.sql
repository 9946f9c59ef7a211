-- Puts other releases in the place of installed ones. $1 ledgers, $2 names, $3 ids, $4 kinds, $5 statuses or null to keep,
-- $6 versions, $7 scopes, $8 visibilities. Touches as many rows as there are names.
update {build}.packages k
set package_id = n.package_id, kind = n.kind, status = coalesce(n.status, k.status), version = n.version,
    scope = n.scope, visibility = n.visibility
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  as n(tenant_id, package_name, package_id, kind, status, version, scope, visibility)
where k.tenant_id = n.tenant_id and k.package_name = n.package_name
