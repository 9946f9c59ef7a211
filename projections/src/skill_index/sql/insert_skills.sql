-- Adds skills. $1 ledgers, $2 names of the packages, $3 names, $4 ids, $5 descriptions, $6 paths, $7 sha256, $8 indexed at,
-- $9 positions. Two of one name in a package are a history that cannot be: unique violation.
insert into {build}.skills (
  tenant_id, package_name, name, skill_id, description, path, content_sha256, indexed_at, position)
select n.tenant_id, n.package_name, n.name, n.skill_id, n.description, n.path, n.content_sha256, n.indexed_at, n.position
from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
            $9::bigint[])
  as n(tenant_id, package_name, name, skill_id, description, path, content_sha256, indexed_at, position)
