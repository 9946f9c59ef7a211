-- One page of a package's history, oldest first, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 viewer's scope or null, $4 package, $5 last position of the page before or null, $6 rows,
-- $7 packages that are hidden from the viewer.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_timeline' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.package_name, e.position, e.revision, e.event_id, e.wire_name, e.actor, e.recorded_at, e.summary
from pointer p
left join lateral (
  select true as found, i.package_name, i.position, i.revision, i.event_id, i.wire_name, i.actor, i.recorded_at,
         i.summary
  from {build}.packages v
  join {build}.entries i on i.tenant_id = v.tenant_id and i.package_name = v.package_name
  where v.tenant_id = $2 and v.package_name = $4 and (v.visibility = 'public' or v.scope = $3)
    and v.package_name <> all($7)
    and ($5::bigint is null or i.position > $5)
  order by i.position
  limit $6
) e on true
order by e.position
