-- One row per event of an extension, for ever: removing the extension does not shorten its history.
create table {build}.entries (
  tenant_id    uuid        not null,
  package_name text        collate "C" not null,
  position     bigint      not null,
  revision     bigint      not null,
  event_id     uuid        not null,
  wire_name    text        not null,
  actor        text        not null,
  recorded_at  timestamptz not null,
  summary      jsonb       not null,
  primary key (tenant_id, package_name, position)
);

-- Who may see the history: visibility and scope of the release that was installed last.
create table {build}.packages (
  tenant_id    uuid   not null,
  package_name text   collate "C" not null,
  visibility   text   not null,
  scope        text   not null,
  primary key (tenant_id, package_name)
);
