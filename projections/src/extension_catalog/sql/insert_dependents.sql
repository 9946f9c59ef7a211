-- Adds reverse edges. $1 ledgers, $2 packages depended on, $3 declaring extensions, $4 whether the edge blocks removal.
insert into {build}.dependents (tenant_id, package_name, dependent, blocks)
select n.tenant_id, n.package_name, n.dependent, n.blocks
from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[]) as n(tenant_id, package_name, dependent, blocks)
