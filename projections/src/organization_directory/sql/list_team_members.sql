-- One page of a team's members by id, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 team, $4 last id of the page before or null, $5 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'organization_directory' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.team_id, e.user_id, e.role, e.added_at
from pointer p
left join lateral (
  select true as found, m.team_id, m.user_id, m.role, m.added_at
  from {build}.team_members m
  where m.tenant_id = $2 and m.team_id = $3
    and ($4::uuid is null or m.user_id > $4)
  order by m.user_id
  limit $5
) e on true
order by e.user_id
