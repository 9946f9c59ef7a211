-- One row per person or assistant of the instance. Name and e-mail are copies of contents; erased, they are null.
create table {build}.people (
  user_id           uuid        not null primary key,
  user_type         text        not null,
  name              text,
  email             text,
  is_email_verified boolean     not null,
  platform_role     text        not null,
  is_banned         boolean     not null,
  registered_at     timestamptz not null,
  erased_at         timestamptz
);

-- Who belongs to which organization.
create table {build}.memberships (
  tenant_id uuid        not null,
  user_id   uuid        not null,
  role      text        not null,
  joined_at timestamptz not null,
  primary key (tenant_id, user_id)
);

-- A person is no organization's own: whoever shares one with the viewer is seen (ADR-0008). The rest of the wall comes
-- with the build, like everybody's.
create policy viewer on {build}.people for select to cinatra_reader using (
  exists (select from {build}.memberships m
          where m.tenant_id = current_setting('app.tenant')::uuid and m.user_id = people.user_id)
);
