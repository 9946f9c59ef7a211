-- The declarations of an object type, the one that counts first, with the position that it is true at (one statement, one
-- snapshot): of a package in use before one that is archived, of an artifact before an agent, then the first. $1 build,
-- $2 ledger, $3 viewer's scope or null, $4 type, $5 packages hidden from the viewer.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.object_type, e.package_name, e.kind, e.version, e.status, e.satisfies, e.claim, e.display_name,
       e.category, e.canonical_keys, e.identity_key, e.dispositions, e.schema, e.declared_at, e.position
from pointer p
left join lateral (
  select true as found,
         row_number() over (order by (k.status = 'active') desc, (k.kind = 'artifact') desc, t.position, t.package_name) as rank,
         t.object_type, t.package_name, k.kind, k.version, k.status, t.satisfies, t.claim, t.display_name, t.category,
         t.canonical_keys, t.identity_key, t.dispositions, t.schema, t.declared_at, t.position
  from {build}.types t
  join {build}.extensions k on k.tenant_id = t.tenant_id and k.package_name = t.package_name
  where t.tenant_id = $2 and t.object_type = $4 and (k.visibility = 'public' or k.scope = $3)
    and t.package_name <> all ($5)
) e on true
order by e.rank
