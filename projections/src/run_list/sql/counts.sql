-- How many of an organization's runs stand where, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 whether the viewer sees all runs, $4 whose runs and $5 which others they see, $6 agents or none
-- for all.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'run_list' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.package_name, e.status, e.runs
from pointer p
left join lateral (
  select true as found, i.package_name, i.status, count(*) as runs
  from {build}.runs i
  where i.tenant_id = $2
    and ($3::boolean or i.run_by = any($4) or i.run_id = any($5))
    and (cardinality($6::text[]) = 0 or i.package_name = any($6))
  group by i.tenant_id, i.package_name, i.status
) e on true
order by e.package_name, e.status
