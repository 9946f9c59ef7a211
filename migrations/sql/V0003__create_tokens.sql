-- Credentials, by hash only. Operational: rows are revoked, never rewritten.
-- Runs as cinatra_owner.

create table tokens (
  token_hash bytea       not null primary key check (octet_length(token_hash) = 32),
  tenant_id  uuid        not null,
  actor      text        not null,
  role       text        not null,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);

grant select on tokens to cinatra_ledger, cinatra_reader;
grant insert, update (revoked_at) on tokens to cinatra_ledger;
