-- What an organization is called; its name is a content's key.
create table {build}.organizations (
  tenant_id  uuid        not null primary key,
  slug       text        not null,
  name_id    uuid        not null,
  created_at timestamptz not null
);

create table {build}.teams (
  tenant_id  uuid        not null,
  team_id    uuid        not null,
  slug       text        collate "C" not null,
  name_id    uuid        not null,
  created_at timestamptz not null,
  primary key (tenant_id, team_id)
);

create table {build}.team_members (
  tenant_id uuid        not null,
  team_id   uuid        not null,
  user_id   uuid        not null,
  role      text        not null,
  added_at  timestamptz not null,
  primary key (tenant_id, team_id, user_id)
);
create index team_members_by_user on {build}.team_members (tenant_id, user_id);

-- The address is a content's key, and null once it was erased.
create table {build}.invitations (
  tenant_id     uuid        not null,
  invitation_id uuid        not null,
  email_id      uuid,
  role          text        not null,
  team_id       uuid,
  status        text        not null,
  expires_at    timestamptz not null,
  invited_by    text        not null,
  created_at    timestamptz not null,
  primary key (tenant_id, invitation_id)
);

-- Roles of members beside the one that each has in the organization.
create table {build}.role_grants (
  tenant_id       uuid        not null,
  user_id         uuid        not null,
  role            text        not null,
  scope_level     text        not null,
  scope_record_id uuid        not null,
  expires_at      timestamptz,
  granted_by      text        not null,
  granted_at      timestamptz not null,
  position        bigint      not null,
  primary key (tenant_id, user_id, role, scope_level, scope_record_id)
);

-- Programs that act in the organization; a revoked one stays.
create table {build}.service_accounts (
  tenant_id          uuid        not null,
  service_account_id uuid        not null,
  name_id            uuid        not null,
  scopes             text[]      not null,
  is_revoked         boolean     not null,
  created_by         text        not null,
  created_at         timestamptz not null,
  rotated_at         timestamptz,
  primary key (tenant_id, service_account_id)
);
