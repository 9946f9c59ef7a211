-- Commands whose first event is in a range of positions. $1 tenant, $2 after, $3 up to.
select command_id, request_hash, outcome, first_position, last_position, result, seal
from command_log
where tenant_id = $1 and first_position > $2 and first_position <= $3
order by first_position, command_id
