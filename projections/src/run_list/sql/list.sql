-- One page of an organization's runs, the newest first, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 whether the viewer sees all runs, $4 whose runs and $5 which others they see, $6 agents or none
-- for all, $7 status or null, $8 whether in no project, $9 project or null, $10 whose or null, $11 position at which the last
-- run of the page before was made or null, $12 rows, $13 the run that started them or null. Contents are joined to the
-- rows of the page only.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'run_list' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.run_id, e.package_name, e.version, e.snapshot_id, e.run_by, e.project_id, e.parent_run_id, e.status,
       e.phase, t.bytes as title, n.bytes as inputs, e.error_code, e.failed_node, e.attempt, e.segment, e.checkpoints,
       e.timeout_seconds, e.source, e.created_at, e.started_at, e.completed_at, e.created_position, e.revision, e.position
from pointer p
left join lateral (
  select true as found, i.tenant_id, i.run_id, i.package_name, i.version, i.snapshot_id, i.run_by, i.project_id,
         i.parent_run_id, i.status, i.phase, i.title_id, i.inputs_id, i.error_code, i.failed_node, i.attempt, i.segment,
         i.checkpoints, i.timeout_seconds, i.source, i.created_at, i.started_at, i.completed_at, i.created_position,
         i.revision, i.position
  from {build}.runs i
  where i.tenant_id = $2
    and ($3::boolean or i.run_by = any($4) or i.run_id = any($5))
    and (cardinality($6::text[]) = 0 or i.package_name = any($6))
    and ($7::text is null or i.status = $7)
    and ($8::boolean is not true or i.project_id is null)
    and ($9::uuid is null or i.project_id = $9)
    and ($10::uuid is null or i.run_by = $10)
    and ($13::uuid is null or i.parent_run_id = $13)
    and ($11::bigint is null or i.created_position < $11)
  order by i.created_position desc
  limit $12
) e on true
left join contents t on t.tenant_id = e.tenant_id and t.content_id = e.title_id
left join contents n on n.tenant_id = e.tenant_id and n.content_id = e.inputs_id
order by e.created_position desc
