-- One page of an organization's templates by package, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 viewer's scope or null, $4 packages that are hidden from the viewer, $5 status or null, $6 text in
-- lower case or null, $7 last package of the page before or null, $8 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.package_name, e.status, e.version, e.display_name, e.description, e.snapshot_id, e.snapshots, e.first_run_id,
       e.first_run_at, e.installed_at, e.updated_at, e.position
from pointer p
left join lateral (
  select true as found, i.package_name, s.status, i.version, i.display_name, i.description,
         (select x.snapshot_id
          from {build}.snapshots x
          where x.tenant_id = i.tenant_id and x.package_name = i.package_name and x.version = i.version
          order by x.number desc
          limit 1) as snapshot_id,
         coalesce(t.snapshots, 0) as snapshots, t.first_run_id, t.first_run_at, i.installed_at,
         greatest(i.updated_at, t.updated_at) as updated_at, greatest(i.position, t.position) as position
  from {build}.extensions i
  left join {build}.templates t on t.tenant_id = i.tenant_id and t.package_name = i.package_name
  cross join lateral (
    select case when t.status is null then 'absent'
                when i.status = 'archived' or t.status = 'archived' then 'archived'
                else 'active' end as status
  ) s
  where i.tenant_id = $2 and i.kind = 'agent' and (i.visibility = 'public' or i.scope = $3)
    and i.package_name <> all($4)
    and ($5::text is null or s.status = $5)
    and ($6::text is null
         or position($6 in lower(concat_ws(' ', i.package_name, i.display_name, i.description))) > 0)
    and ($7::text is null or i.package_name > $7)
  order by i.package_name
  limit $8
) e on true
order by e.package_name
