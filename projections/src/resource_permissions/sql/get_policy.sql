-- The policy of a resource, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 kind, $4 resource.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'resource_permissions' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.read, e.execute, e.share, e.set_by, e.updated_at
from pointer p
left join lateral (
  select true as found, y.read, y.execute, y.share, y.set_by, y.updated_at
  from {build}.policies y
  where y.tenant_id = $2 and y.resource_kind = $3 and y.resource_id = $4
) e on true
