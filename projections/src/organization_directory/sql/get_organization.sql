-- The organization itself, with the position that it is true at (one statement, one snapshot). $1 build, $2 ledger.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'organization_directory' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.tenant_id, e.slug, e.name, e.created_at
from pointer p
left join lateral (
  select true as found, o.tenant_id, o.slug, t.bytes as name, o.created_at
  from {build}.organizations o
  left join contents t on t.tenant_id = o.tenant_id and t.content_id = o.name_id
  where o.tenant_id = $2
) e on true
