-- One page of decisions, newest first, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 resource type or null, $4 resource or null, $5 operation or null,
-- $6 last position of the page before or null, $7 rows, $8 actor or null, $9 decision or null, $10 time from which or null,
-- $11 time before which or null.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'audit_events' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.tenant_id, e.position, e.event_id, e.actor_principal_id, e.actor_principal_type, e.auth_source,
       e.delegated_by, e.impersonated_user_id, e.resource_type, e.resource_id, e.operation, e.decision,
       e.policy_version, e.request_id, e.run_id, e.a2a_task_id, e.ip, e.metadata, e.created_at
from pointer p
left join lateral (
  select true as found, d.tenant_id, d.position, d.event_id, d.actor_principal_id, d.actor_principal_type,
         d.auth_source, d.delegated_by, d.impersonated_user_id, d.resource_type, d.resource_id, d.operation, d.decision,
         d.policy_version, d.request_id, d.run_id, d.a2a_task_id, d.ip, d.metadata, d.created_at
  from {build}.decisions d
  where d.tenant_id = $2
    and ($3::text is null or d.resource_type = $3)
    and ($4::text is null or d.resource_id = $4)
    and ($5::text is null or d.operation = $5)
    and ($8::text is null or d.actor_principal_id = $8)
    and ($9::text is null or d.decision = $9)
    and ($10::timestamptz is null or d.created_at >= $10)
    and ($11::timestamptz is null or d.created_at < $11)
    and ($6::bigint is null or d.position < $6)
  order by d.position desc
  limit $7
) e on true
order by e.position desc
