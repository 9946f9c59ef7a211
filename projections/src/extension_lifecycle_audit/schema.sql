-- One row per destructive operation, with what it destroyed. Columns as in the original's table of this name.
create table {build}.operations (
  tenant_id              uuid        not null,
  position               bigint      not null,
  event_id               uuid        not null,
  actor_id               text        not null,
  actor_type             text        not null,
  operation              text        not null,
  package_name           text        collate "C" not null,
  package_version        text        not null,
  destroyed_row_snapshot jsonb       not null,
  dangling_references    jsonb       not null,
  reason_content         uuid,
  created_at             timestamptz not null,
  primary key (tenant_id, position)
);
create index operations_by_package on {build}.operations (tenant_id, package_name, position);
