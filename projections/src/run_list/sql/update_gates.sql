-- Tells more of gates. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.gates g
set status = coalesce(n.status, g.status), answer_id = coalesce(n.answer_id, g.answer_id),
    prompt_id = coalesce(n.prompt_id, g.prompt_id), is_prompt_excluded = g.is_prompt_excluded or n.is_prompt_excluded,
    answered_at = coalesce(n.answered_at, g.answered_at), answered_by = coalesce(n.answered_by, g.answered_by),
    position = n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, run_id uuid, gate_index bigint, status text, answer_id uuid, prompt_id uuid, is_prompt_excluded boolean,
  answered_at timestamptz, answered_by text, position bigint)
where g.tenant_id = n.tenant_id and g.run_id = n.run_id and g.gate_index = n.gate_index
