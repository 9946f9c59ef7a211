-- Adds destructive operations. $1 ledgers, $2 positions, $3 event ids, $4 actors, $5 kinds of actor, $6 operations,
-- $7 packages, $8 versions, $9 destroyed rows, $10 dangling references, $11 keys of reasons, $12 times.
insert into {build}.operations (
  tenant_id, position, event_id, actor_id, actor_type, operation, package_name, package_version, destroyed_row_snapshot,
  dangling_references, reason_content, created_at)
select n.tenant_id, n.position, n.event_id, n.actor_id, n.actor_type, n.operation, n.package_name, n.package_version,
       n.destroyed_row_snapshot::jsonb, n.dangling_references::jsonb, n.reason_content, n.created_at
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::uuid[], $12::timestamptz[])
  as n(tenant_id, position, event_id, actor_id, actor_type, operation, package_name, package_version,
       destroyed_row_snapshot, dangling_references, reason_content, created_at)
