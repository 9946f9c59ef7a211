-- Parks events. $1 name, $2 build, $3 ledgers, $4 positions, $5 streams, $6 states, $7 reasons.
insert into projection_parked (tenant_id, name, build, position, stream, state, reason)
select n.tenant_id, $1, $2, n.position, n.stream, n.state, n.reason
from unnest($3::uuid[], $4::bigint[], $5::bytea[], $6::text[], $7::text[])
  as n(tenant_id, position, stream, state, reason)
on conflict (tenant_id, name, build, position) do update
set state = excluded.state, reason = excluded.reason, attempts = projection_parked.attempts + 1
