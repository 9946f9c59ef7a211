select position, stream_id, revision, event_id, wire_name, recorded_at, payload, actor
from events where tenant_id = $1 and position > $2 order by position limit $3
