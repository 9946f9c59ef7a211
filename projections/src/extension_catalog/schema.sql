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
