-- Events of a ledger after a position. $1 tenant, $2 position, $3 limit.
select tenant_id, position, stream_id, revision, event_id, wire_name, recorded_at, actor, authority, command_id,
       causation_id, correlation_id, payload, hash
from events
where tenant_id = $1 and position > $2
order by position
limit $3
