-- One template of an organization, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 viewer's scope or null, $4 packages that are hidden from the viewer, $5 package.
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
    and i.package_name <> all($4) and i.package_name = $5
) e on true
