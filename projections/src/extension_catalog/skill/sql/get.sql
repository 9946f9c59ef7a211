-- One skill of an organization, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 viewer's scope or null, $4 id.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.skill_id, e.name, e.description, e.tenant_id, e.package_name, e.kind, e.version, e.status, e.path,
       e.content_sha256, e.indexed_at, e.position
from pointer p
left join lateral (
  select true as found, s.skill_id, s.name, s.description, s.tenant_id, s.package_name, k.kind, k.version, k.status,
         s.path, s.content_sha256, s.indexed_at, s.position
  from {build}.skills s
  join {build}.extensions k on k.tenant_id = s.tenant_id and k.package_name = s.package_name
  where s.tenant_id = $2 and s.skill_id = $4 and (k.visibility = 'public' or k.scope = $3)
) e on true
