-- What folding a stream needs, and nothing else. $1 tenant, $2 stream key, $3 revision to start after.
select position, revision, wire_name, payload
from events
where tenant_id = $1 and stream = $2 and revision > $3
order by revision
