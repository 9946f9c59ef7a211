-- Changes runs. $1 rows, null for what stays. A release leads on from where the run stood; the first start of an attempt
-- counts; project and end, which may end, say whether they are told anew. Touches as many rows as there are in it.
update {build}.runs r
set phase = case when not n.is_released then coalesce(n.phase, r.phase)
                 when r.phase = 'armed' then 'enqueued'
                 when r.phase = 'waiting_release' then 'executing'
                 else r.phase end,
    status = case when not n.is_released then coalesce(n.status, r.status)
                  when r.phase = 'armed' then 'queued'
                  when r.phase = 'waiting_release' then 'running'
                  else r.status end,
    project_id = case when n.is_moved then n.project_id else r.project_id end,
    inputs_id = coalesce(n.inputs_id, r.inputs_id), outputs_id = coalesce(n.outputs_id, r.outputs_id),
    attempt = coalesce(n.attempt, r.attempt), segment = coalesce(n.segment, r.segment),
    checkpoints = r.checkpoints + n.checkpoints,
    started_at = case when n.is_reset then n.started_at else coalesce(r.started_at, n.started_at) end,
    completed_at = case when n.is_settled then n.completed_at else r.completed_at end,
    error_code = case when n.is_settled then n.error_code else r.error_code end,
    failed_node = case when n.is_settled then n.failed_node else r.failed_node end,
    message_id = case when n.is_settled then n.message_id else r.message_id end,
    revision = n.revision, position = n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, run_id uuid, is_released boolean, phase text, status text, is_moved boolean, project_id uuid,
  inputs_id uuid, outputs_id uuid, attempt bigint, segment bigint, checkpoints bigint, is_reset boolean,
  started_at timestamptz, is_settled boolean, completed_at timestamptz, error_code text, failed_node text, message_id uuid,
  revision bigint, position bigint)
where r.tenant_id = n.tenant_id and r.run_id = n.run_id
