-- Adds decisions. $1 ledgers, $2 positions, $3 event ids, $4 actors, $5 kinds of actor, $6 what granted it,
-- $7 resource types, $8 resources or null, $9 operations, $10 decisions, $11 versions of the policy or null,
-- $12 commands, $13 metadata, $14 times.
insert into {build}.decisions (
  tenant_id, position, event_id, actor_principal_id, actor_principal_type, auth_source, resource_type, resource_id,
  operation, decision, policy_version, request_id, metadata, created_at)
select n.tenant_id, n.position, n.event_id, n.actor_principal_id, n.actor_principal_type, n.auth_source, n.resource_type,
       n.resource_id, n.operation, n.decision, n.policy_version, n.request_id, n.metadata::jsonb, n.created_at
from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::uuid[], $13::text[], $14::timestamptz[])
  as n(tenant_id, position, event_id, actor_principal_id, actor_principal_type, auth_source, resource_type, resource_id,
       operation, decision, policy_version, request_id, metadata, created_at)
