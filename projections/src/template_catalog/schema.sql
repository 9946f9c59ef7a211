-- One row per installed package of an organization, of whatever kind: an update may make an agent of it.
create table {build}.packages (
  tenant_id    uuid        not null,
  package_name text        collate "C" not null,
  kind         text        not null,
  status       text        not null,
  version      text        not null,
  display_name text,
  description  text,
  scope        text        not null,
  visibility   text        not null,
  installed_at timestamptz not null,
  updated_at   timestamptz not null,
  position     bigint      not null,
  primary key (tenant_id, package_name)
) with (fillfactor = 85);

-- One row per package of which a version was taken down; a purged one has none.
create table {build}.templates (
  tenant_id    uuid        not null,
  package_name text        collate "C" not null,
  status       text        not null,
  snapshots    bigint      not null,
  first_run_id uuid,
  first_run_at timestamptz,
  updated_at   timestamptz not null,
  position     bigint      not null,
  primary key (tenant_id, package_name)
) with (fillfactor = 85);

-- One row per version that was taken down, as often as it was.
create table {build}.snapshots (
  tenant_id       uuid        not null,
  package_name    text        collate "C" not null,
  number          bigint      not null,
  snapshot_id     uuid        not null,
  version         text        not null,
  content_sha256  text        not null,
  manifest_sha256 text        not null,
  oas_sha256      text        not null,
  plan_digest     text        not null,
  taken_at        timestamptz not null,
  position        bigint      not null,
  primary key (tenant_id, package_name, number)
);
