-- How people prove who they are: sessions and mailed secrets by hash, passwords as Argon2 strings, failures to sign in.
-- Operational, beside the ledger: nothing here is history, and everything can be forgotten. What commits with an event
-- is written in its transaction; what is no fact (a sign-in, a failure, a session in use) is written alone.
-- A person, a session and a failure are no organization's, so three of the tables have no tenant.
-- Runs as cinatra_owner. Only cinatra_ledger works with them; cinatra_reader has no right to any.

create table sessions (
  session_hash    bytea       not null primary key check (octet_length(session_hash) = 32),
  session_id      uuid        not null unique,
  user_id         uuid        not null,
  organization_id uuid,
  bypass_reason   text,
  address         text,
  user_agent      text,
  created_at      timestamptz not null default clock_timestamp(),
  seen_at         timestamptz not null default clock_timestamp(),
  expires_at      timestamptz not null,
  check (bypass_reason is null or organization_id is not null)
) with (fillfactor = 70);
comment on column sessions.session_id is 'Stays when the hash is replaced.';
comment on column sessions.organization_id is 'The active organization.';
comment on column sessions.bypass_reason is 'Why an administrator of the instance acts in an organization that is not theirs.';
create index sessions_by_user on sessions (user_id);

create table passwords (
  user_id uuid        not null primary key,
  phc     text        not null,
  set_at  timestamptz not null
);

create table sign_in_attempts (
  account_key bytea         not null check (octet_length(account_key) = 32),
  address_key bytea         not null check (octet_length(address_key) = 32),
  failures    timestamptz[] not null,
  primary key (account_key, address_key)
) with (fillfactor = 50);
comment on table sign_in_attempts is
  'Failures by keyed hashes of account and address, in order of time: who it was cannot be read from them.';

create table challenges (
  challenge_hash bytea       not null primary key check (octet_length(challenge_hash) = 32),
  purpose        text        not null check (purpose in ('email', 'invitation', 'password_reset')),
  tenant_id      uuid        not null,
  user_id        uuid,
  invitation_id  uuid,
  created_at     timestamptz not null default clock_timestamp(),
  expires_at     timestamptz not null,
  check ((purpose = 'invitation') = (invitation_id is not null))
);
comment on table challenges is 'Secrets that were mailed, by hash. Whoever shows one reads that mailbox.';
create index challenges_by_user on challenges (user_id) where user_id is not null;
create index challenges_by_invitation on challenges (invitation_id) where invitation_id is not null;

grant select, insert, update, delete on sessions, passwords, sign_in_attempts to cinatra_ledger;
grant select, insert, delete on challenges to cinatra_ledger;

-- As in V0005, without a viewer.
alter table challenges enable row level security, force row level security;
create policy runner on challenges to cinatra_ledger using (true) with check (true);
