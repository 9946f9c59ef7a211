-- One row per run of an organization; a purged one has none. Columns named *_id of what was typed are contents' keys.
create table {build}.runs (
  tenant_id        uuid        not null,
  run_id           uuid        not null,
  package_name     text        collate "C" not null,
  version          text        not null,
  snapshot_id      uuid        not null,
  run_by           uuid,
  project_id       uuid,
  parent_run_id    uuid,
  status           text        not null,
  phase            text        not null,
  inputs_id        uuid        not null,
  outputs_id       uuid,
  title_id         uuid,
  message_id       uuid,
  error_code       text,
  failed_node      text,
  attempt          bigint      not null,
  segment          bigint      not null,
  checkpoints      bigint      not null,
  timeout_seconds  bigint,
  source           text        not null,
  created_at       timestamptz not null,
  started_at       timestamptz,
  completed_at     timestamptz,
  created_position bigint      not null,
  revision         bigint      not null,
  position         bigint      not null,
  primary key (tenant_id, run_id)
) with (fillfactor = 85);
-- The columns of these stay as they are while a run goes on, so that its row is changed in place.
create unique index runs_by_age on {build}.runs (tenant_id, created_position);
create index runs_by_owner on {build}.runs (tenant_id, run_by, created_position);
create index runs_by_package on {build}.runs (tenant_id, package_name, created_position);
create index runs_by_parent on {build}.runs (tenant_id, parent_run_id, created_position) where parent_run_id is not null;
create index runs_by_project on {build}.runs (tenant_id, project_id, created_position) where project_id is not null;

-- One row per gate that a run came to, asked or skipped.
create table {build}.gates (
  tenant_id          uuid    not null,
  run_id             uuid    not null,
  gate_index         bigint  not null,
  kind               text    not null,
  status             text    not null,
  node               text,
  visit              bigint,
  field              text,
  renderer           text,
  surface            text,
  requires_approval  boolean not null,
  schema_id          uuid,
  values_id          uuid,
  answer_id          uuid,
  prompt_id          uuid,
  is_prompt_excluded boolean not null,
  skip_reason        text,
  opened_at          timestamptz,
  expires_at         timestamptz,
  answered_at        timestamptz,
  answered_by        text,
  position           bigint  not null,
  primary key (tenant_id, run_id, gate_index)
) with (fillfactor = 85);
