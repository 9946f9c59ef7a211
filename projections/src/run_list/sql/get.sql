-- One run of an organization with its open gate, and the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 run.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'run_list' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.run_id, e.package_name, e.version, e.snapshot_id, e.run_by, e.project_id, e.parent_run_id, e.status,
       e.phase, t.bytes as title, n.bytes as inputs, o.bytes as outputs, m.bytes as message, e.error_code, e.failed_node,
       e.attempt, e.segment, e.checkpoints, e.timeout_seconds, e.source, e.created_at, e.started_at, e.completed_at,
       e.created_position, e.revision, e.position, e.gate_index, e.kind, e.node, e.visit, e.field, e.renderer, e.surface,
       e.requires_approval, s.bytes as schema, v.bytes as "values", e.opened_at, e.expires_at
from pointer p
left join lateral (
  select true as found, i.tenant_id, i.run_id, i.package_name, i.version, i.snapshot_id, i.run_by, i.project_id,
         i.parent_run_id, i.status, i.phase, i.title_id, i.inputs_id, i.outputs_id, i.message_id, i.error_code,
         i.failed_node, i.attempt, i.segment, i.checkpoints, i.timeout_seconds, i.source, i.created_at, i.started_at,
         i.completed_at, i.created_position, i.revision, i.position, g.gate_index, g.kind, g.node, g.visit, g.field,
         g.renderer, g.surface, g.requires_approval, g.schema_id, g.values_id, g.opened_at, g.expires_at
  from {build}.runs i
  left join {build}.gates g on g.tenant_id = i.tenant_id and g.run_id = i.run_id and g.status = 'open'
  where i.tenant_id = $2 and i.run_id = $3
) e on true
left join contents t on t.tenant_id = e.tenant_id and t.content_id = e.title_id
left join contents n on n.tenant_id = e.tenant_id and n.content_id = e.inputs_id
left join contents o on o.tenant_id = e.tenant_id and o.content_id = e.outputs_id
left join contents m on m.tenant_id = e.tenant_id and m.content_id = e.message_id
left join contents s on s.tenant_id = e.tenant_id and s.content_id = e.schema_id
left join contents v on v.tenant_id = e.tenant_id and v.content_id = e.values_id
