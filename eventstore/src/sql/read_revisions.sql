-- Last revision of some streams; streams without an event do not come back. $1 tenants, $2 stream keys, in pairs.
select s.tenant_id, s.stream, e.revision
from unnest($1::uuid[], $2::bytea[]) as s (tenant_id, stream)
cross join lateral (
  select revision from events
  where tenant_id = s.tenant_id and stream = s.stream
  order by revision desc
  limit 1
) as e
