-- Adds runs. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.runs (
  tenant_id, run_id, package_name, version, snapshot_id, run_by, project_id, parent_run_id, status, phase, inputs_id,
  outputs_id, title_id, message_id, error_code, failed_node, attempt, segment, checkpoints, timeout_seconds, source,
  created_at, started_at, completed_at, created_position, revision, position)
select n.tenant_id, n.run_id, n.package_name, n.version, n.snapshot_id, n.run_by, n.project_id, n.parent_run_id, n.status,
       n.phase, n.inputs_id, n.outputs_id, n.title_id, n.message_id, n.error_code, n.failed_node, n.attempt, n.segment,
       n.checkpoints, n.timeout_seconds, n.source, n.created_at, n.started_at, n.completed_at, n.created_position, n.revision,
       n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, run_id uuid, package_name text, version text, snapshot_id uuid, run_by uuid, project_id uuid,
  parent_run_id uuid, status text, phase text, inputs_id uuid, outputs_id uuid, title_id uuid, message_id uuid,
  error_code text, failed_node text, attempt bigint, segment bigint, checkpoints bigint, timeout_seconds bigint, source text,
  created_at timestamptz, started_at timestamptz, completed_at timestamptz, created_position bigint, revision bigint,
  position bigint)
