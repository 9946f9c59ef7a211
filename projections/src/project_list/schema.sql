-- One row per project of an organization; there is no deletion. Name and description are contents' keys.
create table {build}.projects (
  tenant_id      uuid        not null,
  project_id     uuid        not null,
  name_id        uuid        not null,
  description_id uuid,
  owner_level    text        not null,
  owner_id       text        not null,
  visibility     text        not null,
  archived_at    timestamptz,
  created_by     text        not null,
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  position       bigint      not null,
  primary key (tenant_id, project_id)
);

-- Who has access beside the owner, who is no such row.
create table {build}.project_access (
  tenant_id       uuid        not null,
  project_id      uuid        not null,
  principal_level text        not null,
  principal_id    text        not null,
  role            text        not null,
  granted_by      text        not null,
  granted_at      timestamptz not null,
  primary key (tenant_id, project_id, principal_level, principal_id)
);
