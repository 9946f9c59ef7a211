-- Adds installed packages. $1 ledgers, $2 names, $3 ids, $4 kinds, $5 statuses, $6 versions, $7 scopes, $8 visibilities.
-- A name that is there already is a history that cannot be: unique violation.
insert into {build}.packages (tenant_id, package_name, package_id, kind, status, version, scope, visibility)
select n.tenant_id, n.package_name, n.package_id, n.kind, n.status, n.version, n.scope, n.visibility
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  as n(tenant_id, package_name, package_id, kind, status, version, scope, visibility)
