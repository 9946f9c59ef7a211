-- Adds events. $1 ledgers, $2 packages, $3 positions, $4 revisions, $5 event ids, $6 wire names, $7 actors, $8 times,
-- $9 summaries.
insert into {build}.entries (
  tenant_id, package_name, position, revision, event_id, wire_name, actor, recorded_at, summary)
select n.tenant_id, n.package_name, n.position, n.revision, n.event_id, n.wire_name, n.actor, n.recorded_at,
       n.summary::jsonb
from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],
            $9::text[])
  as n(tenant_id, package_name, position, revision, event_id, wire_name, actor, recorded_at, summary)
