-- Mail that is to be sent: the outbox. A row commits with the fact that it tells of and is deleted once handed over.
-- It holds an address and what is said to it, secrets included, so nobody reads it but who hands it over.
-- Runs as cinatra_owner. Only cinatra_ledger works with it; cinatra_reader has no right to it.

create table mails (
  mail_id       uuid        not null primary key,
  tenant_id     uuid        not null,
  user_id       uuid,
  recipient_key text        not null,
  recipient     text        not null,
  subject       text        not null,
  body          text        not null,
  created_at    timestamptz not null default clock_timestamp(),
  taken_until   timestamptz
);
comment on column mails.recipient_key is 'Keyed hash of the address: what waits for somebody who is erased is found by it.';
comment on column mails.taken_until is 'Somebody hands it over and is given until then; afterwards it is anybody''s again.';
create index mails_by_recipient on mails (recipient_key);

grant select, insert, delete, update (taken_until) on mails to cinatra_ledger;

-- As in V0005, without a viewer.
alter table mails enable row level security, force row level security;
create policy runner on mails to cinatra_ledger using (true) with check (true);
