-- Forgets that ledgers waited, once they went past. $1 name, $2 build, $3 ledgers, $4 positions.
delete from projection_parked p
using unnest($3::uuid[], $4::bigint[]) as past(tenant_id, position)
where p.tenant_id = past.tenant_id and p.name = $1 and p.build = $2 and p.state = 'halted'
  and p.position <= past.position
