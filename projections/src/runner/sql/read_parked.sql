-- Events that a build could not apply, the first hundred. $1 name, $2 build.
select tenant_id, position, state, attempts, reason
from projection_parked
where name = $1 and build = $2
order by tenant_id, position
limit 100
