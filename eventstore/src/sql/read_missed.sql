-- What other processes appended since a lane last looked: enough to correct the revisions it remembers.
-- $1 tenants, $2 last known positions, in pairs; $3 rows a ledger at most.
select m.tenant_id, e.position, e.stream, e.revision
from unnest($1::uuid[], $2::bigint[]) as m (tenant_id, position)
cross join lateral (
  select position, stream, revision from events
  where tenant_id = m.tenant_id and position > m.position
  order by position
  limit $3
) as e
