-- Archives, restores and whatever else keeps the release. $1 ledgers, $2 names, $3 statuses or null, $4 updated at, $5 positions.
-- Touches as many rows as there are names.
update {build}.extensions e
set status = coalesce(n.status, e.status), updated_at = n.updated_at, position = n.position
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[])
  as n(tenant_id, package_name, status, updated_at, position)
where e.tenant_id = n.tenant_id and e.package_name = n.package_name
