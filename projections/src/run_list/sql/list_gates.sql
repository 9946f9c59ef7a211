-- One page of the gates that a run came to, in order, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 run, $4 last gate of the page before or null, $5 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'run_list' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.run_id, e.gate_index, e.kind, e.status, e.node, e.visit, e.field, e.renderer, e.surface,
       e.requires_approval, s.bytes as schema, v.bytes as "values", a.bytes as answer, m.bytes as prompt,
       e.is_prompt_excluded, e.skip_reason, e.opened_at, e.expires_at, e.answered_at, e.answered_by, e.position
from pointer p
left join lateral (
  select true as found, g.tenant_id, g.run_id, g.gate_index, g.kind, g.status, g.node, g.visit, g.field, g.renderer,
         g.surface, g.requires_approval, g.schema_id, g.values_id, g.answer_id, g.prompt_id, g.is_prompt_excluded,
         g.skip_reason, g.opened_at, g.expires_at, g.answered_at, g.answered_by, g.position
  from {build}.gates g
  where g.tenant_id = $2 and g.run_id = $3 and ($4::bigint is null or g.gate_index > $4)
  order by g.gate_index
  limit $5
) e on true
left join contents s on s.tenant_id = e.tenant_id and s.content_id = e.schema_id
left join contents v on v.tenant_id = e.tenant_id and v.content_id = e.values_id
left join contents a on a.tenant_id = e.tenant_id and a.content_id = e.answer_id
left join contents m on m.tenant_id = e.tenant_id and m.content_id = e.prompt_id
order by e.gate_index
