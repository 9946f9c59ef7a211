-- One member of an organization, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 person.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'people' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.user_id, e.name, e.email, e.role, e.joined_at, e.is_erased
from pointer p
left join lateral (
  select true as found, m.user_id, q.name, q.email, m.role, m.joined_at,
         q.erased_at is not null as is_erased
  from {build}.memberships m
  left join {build}.people q on q.user_id = m.user_id
  where m.tenant_id = $2 and m.user_id = $3
) e on true
