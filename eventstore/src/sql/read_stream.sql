-- Events of a stream after a revision. $1 tenant, $2 stream key, $3 revision, $4 limit.
select tenant_id, position, stream_id, revision, event_id, wire_name, recorded_at, actor, authority, command_id,
       causation_id, correlation_id, payload, hash
from events
where tenant_id = $1 and stream = $2 and revision > $3
order by revision
limit $4
