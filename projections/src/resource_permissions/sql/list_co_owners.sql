-- Co-owners of a resource, with the position that it is true at (one statement, one snapshot). There are at most a thousand.
-- $1 build, $2 ledger, $3 kind, $4 resource.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'resource_permissions' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.user_id, e.granted_by, e.granted_at
from pointer p
left join lateral (
  select true as found, o.user_id, o.granted_by, o.granted_at
  from {build}.co_owners o
  where o.tenant_id = $2 and o.resource_kind = $3 and o.resource_id = $4
) e on true
order by e.user_id
