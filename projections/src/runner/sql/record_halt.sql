-- Notes that a ledger waits at an event. $1 name, $2 build, $3 ledger, $4 position, $5 stream, $6 reason.
insert into projection_parked (tenant_id, name, build, position, stream, state, reason)
values ($3, $1, $2, $4, $5, 'halted', $6)
on conflict (tenant_id, name, build, position) do update
set reason = excluded.reason, attempts = projection_parked.attempts + 1
