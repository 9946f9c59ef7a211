-- One page of the further roles in an organization, in the order in which they were granted, with the position that it is
-- true at (one statement, one snapshot). $1 build, $2 ledger, $3 member or null, $4 last position of the page before or
-- null, $5 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'organization_directory' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.user_id, e.role, e.scope_level, e.scope_record_id, e.expires_at, e.granted_by, e.granted_at, e.position
from pointer p
left join lateral (
  select true as found, g.user_id, g.role, g.scope_level, g.scope_record_id, g.expires_at, g.granted_by, g.granted_at,
         g.position
  from {build}.role_grants g
  where g.tenant_id = $2
    and ($3::uuid is null or g.user_id = $3)
    and ($4::bigint is null or g.position > $4)
  order by g.position
  limit $5
) e on true
order by e.position
