-- The append-only log: one gapless ledger per tenant, its events, tags, commands and forgettable contents.
-- Tenant comes first in every key, so that the tables can be distributed by it (design.md D2, D17).
-- Runs as cinatra_owner. cinatra_ledger appends and reads; cinatra_reader reads.

create table ledgers (
  tenant_id  uuid        not null primary key,
  position   bigint      not null default 0 check (position >= 0),
  hash       bytea       not null default decode(repeat('00', 32), 'hex') check (octet_length(hash) = 32),
  created_at timestamptz not null default clock_timestamp()
) with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on table ledgers is 'Head of each ledger: the only row of the log that is ever updated, and only forwards.';

-- No CHECK constraints on the three hot tables: the chain proves what they would, and each costs per row.
create table events (
  tenant_id      uuid        not null,
  position       bigint      not null,
  stream         bytea       not null,
  stream_id      text        not null,
  revision       bigint      not null,
  event_id       uuid        not null,
  wire_name      text        not null,
  recorded_at    timestamptz not null,
  actor          text        not null,
  authority      text        not null,
  command_id     uuid        not null,
  causation_id   uuid,
  correlation_id uuid        not null,
  payload        bytea       not null,
  hash           bytea       not null,
  primary key (tenant_id, position),
  unique (tenant_id, stream, revision)
) with (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000);
comment on column events.stream is 'First 16 bytes of blake3(stream_id): the narrow key of the index.';
comment on column events.hash is 'blake3 over the predecessor''s hash and the envelope (ADR-0001).';

create table event_tags (
  tenant_id uuid   not null,
  tag       text   not null,
  position  bigint not null,
  primary key (tenant_id, tag, position)
);

create table command_log (
  tenant_id      uuid        not null,
  command_id     uuid        not null,
  request_hash   bytea       not null,
  outcome        text        not null,
  first_position bigint      not null,
  last_position  bigint      not null,
  result         bytea       not null,
  seal           bytea       not null,
  primary key (tenant_id, command_id)
);
comment on column command_log.seal is 'blake3 over the hash of the command''s last event and this row (ADR-0001).';

create table contents (
  tenant_id  uuid  not null,
  content_id uuid  not null,
  salt       bytea not null check (octet_length(salt) = 16),
  bytes      bytea not null,
  primary key (tenant_id, content_id)
);
comment on table contents is 'What users typed. Erasing a row leaves every hash of the ledger verifiable.';

-- Second wall behind the privileges: whoever gets hold of more of them still cannot rewrite the log.
create function refuse_rewrite() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only: % on % is refused', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create trigger events_append_only before update or delete or truncate on events
  for each statement execute function refuse_rewrite();
create trigger event_tags_append_only before update or delete or truncate on event_tags
  for each statement execute function refuse_rewrite();
create trigger command_log_append_only before update or delete or truncate on command_log
  for each statement execute function refuse_rewrite();

-- A head only moves forwards, and a ledger is never removed.
create function refuse_head_regression() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.tenant_id = old.tenant_id and new.position > old.position then
    return new;
  end if;
  raise exception 'a ledger only grows: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger ledgers_forward_only before update or delete on ledgers
  for each row execute function refuse_head_regression();
create trigger ledgers_keep before truncate on ledgers
  for each statement execute function refuse_rewrite();

grant select on ledgers, events, event_tags, command_log, contents to cinatra_ledger, cinatra_reader;
grant insert on ledgers, events, event_tags, command_log, contents to cinatra_ledger;
grant update (position, hash) on ledgers to cinatra_ledger;
