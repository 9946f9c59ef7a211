-- One page of an organization's teams by slug, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 last slug of the page before or null, $4 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'organization_directory' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.team_id, e.slug, e.name, e.created_at
from pointer p
left join lateral (
  select true as found, i.team_id, i.slug, t.bytes as name, i.created_at
  from {build}.teams i
  left join contents t on t.tenant_id = i.tenant_id and t.content_id = i.name_id
  where i.tenant_id = $2
    and ($3::text is null or i.slug > $3)
  order by i.slug
  limit $4
) e on true
order by e.slug
