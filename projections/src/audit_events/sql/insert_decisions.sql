-- Adds decisions. $1 ledgers, $2 positions, $3 event ids, $4 actors, $5 kinds of actor, $6 what granted it,
-- $7 resource types, $8 resources or null, $9 operations, $10 decisions, $11 commands, $12 metadata, $13 times.
insert into {build}.decisions (
  tenant_id, position, event_id, actor_principal_id, actor_principal_type, auth_source, resource_type, resource_id,
  operation, decision, request_id, metadata, created_at)
select n.tenant_id, n.position, n.event_id, n.actor_principal_id, n.actor_principal_type, n.auth_source, n.resource_type,
       n.resource_id, n.operation, n.decision, n.request_id, n.metadata::jsonb, n.created_at
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::uuid[], $12::text[], $13::timestamptz[])
  as n(tenant_id, position, event_id, actor_principal_id, actor_principal_type, auth_source, resource_type, resource_id,
       operation, decision, request_id, metadata, created_at)
