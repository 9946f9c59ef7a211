-- One page of an organization's members by id, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 text in lower case or null, $4 role or null, $5 ids or null, $6 last id of the page before or
-- null, $7 rows. Somebody whose registration has not arrived yet is a member without a name.
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
  where m.tenant_id = $2
    and ($3::text is null or position($3 in lower(concat_ws(' ', q.name, q.email))) > 0)
    and ($4::text is null or m.role = $4)
    and ($5::uuid[] is null or m.user_id = any($5))
    and ($6::uuid is null or m.user_id > $6)
  order by m.user_id
  limit $7
) e on true
order by e.user_id
