-- What a crash of the server does to the last batch when it was not flushed: row and checkpoint go together.
with undone as (
  update projection_checkpoints set position = position - 1 where name = 'audit_events' and position > 0
  returning tenant_id, position + 1 as position
)
delete from p_audit_events_1.decisions d using undone u where d.tenant_id = u.tenant_id and d.position = u.position
