-- One row per installed package, with or without skills: what its skills have in common.
create table {build}.packages (
  tenant_id    uuid not null,
  package_name text collate "C" not null,
  package_id   uuid not null,
  kind         text not null,
  status       text not null,
  version      text not null,
  scope        text not null,
  visibility   text not null,
  primary key (tenant_id, package_name)
) with (fillfactor = 85);

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
