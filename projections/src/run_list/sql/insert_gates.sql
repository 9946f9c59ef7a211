-- Adds gates. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.gates (
  tenant_id, run_id, gate_index, kind, status, node, visit, field, renderer, surface, requires_approval, schema_id, values_id,
  answer_id, prompt_id, is_prompt_excluded, skip_reason, opened_at, expires_at, answered_at, answered_by, position)
select n.tenant_id, n.run_id, n.gate_index, n.kind, n.status, n.node, n.visit, n.field, n.renderer, n.surface,
       n.requires_approval, n.schema_id, n.values_id, n.answer_id, n.prompt_id, n.is_prompt_excluded, n.skip_reason,
       n.opened_at, n.expires_at, n.answered_at, n.answered_by, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, run_id uuid, gate_index bigint, kind text, status text, node text, visit bigint, field text, renderer text,
  surface text, requires_approval boolean, schema_id uuid, values_id uuid, answer_id uuid, prompt_id uuid,
  is_prompt_excluded boolean, skip_reason text, opened_at timestamptz, expires_at timestamptz, answered_at timestamptz,
  answered_by text, position bigint)
