-- One row per installed extension of an organization; a removed one has none.
create table {build}.extensions (
  tenant_id      uuid        not null,
  package_name   text        collate "C" not null,
  kind           text        not null,
  status         text        not null,
  version        text        not null,
  display_name   text,
  description    text,
  origin         jsonb       not null,
  scope          text        not null,
  visibility     text        not null,
  integrity      text        not null,
  content_sha256 text        not null,
  dependencies   jsonb       not null,
  warnings       jsonb       not null,
  installed_at   timestamptz not null,
  updated_at     timestamptz not null,
  position       bigint      not null,
  primary key (tenant_id, package_name)
) with (fillfactor = 85);

-- Reverse edges: who declares a dependency on the package, installed or not.
create table {build}.dependents (
  tenant_id    uuid    not null,
  package_name text    collate "C" not null,
  dependent    text    collate "C" not null,
  blocks       boolean not null,
  primary key (tenant_id, package_name, dependent)
);
create index dependents_by_dependent on {build}.dependents (tenant_id, dependent);

-- One row per skill, as the last list of its package says.
create table {build}.skills (
  tenant_id      uuid        not null,
  package_name   text        collate "C" not null,
  name           text        collate "C" not null,
  skill_id       uuid        not null,
  description    text,
  path           text        not null,
  content_sha256 text        not null,
  indexed_at     timestamptz not null,
  position       bigint      not null,
  primary key (tenant_id, package_name, name)
);
create unique index skills_by_id on {build}.skills (tenant_id, skill_id);

-- One row per type of objects and package that declares it, as the last list of the package says.
create table {build}.types (
  tenant_id      uuid        not null,
  object_type    text        collate "C" not null,
  package_name   text        collate "C" not null,
  satisfies      jsonb       not null,
  claim          text,
  display_name   text,
  category       text,
  canonical_keys jsonb       not null,
  identity_key   text,
  dispositions   jsonb       not null,
  schema         jsonb,
  declared_at    timestamptz not null,
  position       bigint      not null,
  primary key (tenant_id, object_type, package_name)
);
create index types_by_package on {build}.types (tenant_id, package_name);

-- One row per package of which a version was taken down as an agent that runs; a purged one has none.
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
