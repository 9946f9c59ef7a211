-- One row per installed package, with or without types: what its types have in common.
create table {build}.packages (
  tenant_id    uuid  not null,
  package_name text  collate "C" not null,
  kind         text  not null,
  status       text  not null,
  version      text  not null,
  scope        text  not null,
  visibility   text  not null,
  satisfies    jsonb not null,
  primary key (tenant_id, package_name)
) with (fillfactor = 85);

-- One row per type and package that declares it, as the last list of the package says.
create table {build}.types (
  tenant_id      uuid        not null,
  object_type    text        collate "C" not null,
  package_name   text        collate "C" not null,
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
