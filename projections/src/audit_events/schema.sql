-- One row per privileged decision: each event of an allowed command, and each decision without an event of its own.
-- Columns as in the original's table of this name; those that nothing fills yet are null.
create table {build}.decisions (
  tenant_id            uuid        not null,
  position             bigint      not null,
  event_id             uuid        not null,
  actor_principal_id   text        not null,
  actor_principal_type text        not null,
  auth_source          text        not null,
  delegated_by         text,
  impersonated_user_id text,
  resource_type        text        not null,
  resource_id          text        collate "C",
  operation            text        not null,
  decision             text        not null,
  policy_version       text,
  request_id           uuid        not null,
  run_id               text,
  a2a_task_id          text,
  ip                   text,
  metadata             jsonb       not null,
  created_at           timestamptz not null,
  primary key (tenant_id, position)
);
create index decisions_by_actor on {build}.decisions (tenant_id, actor_principal_id, position);
create index decisions_by_time on {build}.decisions (tenant_id, created_at);
create index decisions_by_resource on {build}.decisions (tenant_id, resource_type, resource_id, position);
