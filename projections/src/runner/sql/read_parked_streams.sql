-- Streams whose events wait. $1 name, $2 build, $3 ledgers.
select tenant_id, stream
from projection_parked
where name = $1 and build = $2 and tenant_id = any($3) and state <> 'halted'
group by tenant_id, stream
