-- What organizations keep secret: values under a data key of the organization, data keys under the master key.
-- Operational, beside the ledger: events say that something was stored, these rows hold it, and commit with them.
-- Nothing in them can be read without the master key, which is never in the database (ADR-0009).
-- Runs as cinatra_owner. Only cinatra_ledger works with them; cinatra_reader has no right to either.

create table secret_keys (
  tenant_id  uuid        not null,
  key_id     uuid        not null,
  purpose    text        not null check (purpose in ('secrets', 'requests')),
  master_id  bytea       not null check (octet_length(master_id) = 8),
  nonce      bytea       not null check (octet_length(nonce) = 12),
  wrapped    bytea       not null check (octet_length(wrapped) = 48),
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, key_id),
  unique (tenant_id, purpose)
);
comment on column secret_keys.purpose is
  'secrets: the data key of an organization. requests: of the system, keys the hash of requests that carry secrets.';
comment on column secret_keys.master_id is 'Tells which master key wraps it, without telling the key.';

create table secrets (
  tenant_id  uuid        not null,
  name       text        not null,
  key_id     uuid        not null,
  nonce      bytea       not null check (octet_length(nonce) = 12),
  ciphertext bytea       not null,
  created_by text        not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, name)
);

grant select, insert, update on secret_keys to cinatra_ledger;
grant select, insert, update, delete on secrets to cinatra_ledger;

-- As in V0004, without a viewer: nothing here is for whoever reads for an organization.
alter table secret_keys enable row level security, force row level security;
create policy runner on secret_keys to cinatra_ledger using (true) with check (true);

alter table secrets enable row level security, force row level security;
create policy runner on secrets to cinatra_ledger using (true) with check (true);
