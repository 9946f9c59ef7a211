-- Tables of the bare program: the columns and keys of ours, without checks, triggers or comments.
drop schema if exists floor cascade;
create schema floor;
create table floor.ledgers (tenant_id uuid primary key, position bigint not null, hash bytea not null) with (fillfactor = 10);
create table floor.events (
  tenant_id uuid not null, position bigint not null, stream bytea not null, stream_id text not null, revision bigint not null,
  event_id uuid not null, wire_name text not null, recorded_at timestamptz not null, actor text not null,
  authority text not null, command_id uuid not null, causation_id uuid, correlation_id uuid not null,
  payload bytea not null, hash bytea not null,
  primary key (tenant_id, position), unique (tenant_id, stream, revision)
);
create table floor.event_tags (tenant_id uuid not null, tag text not null, position bigint not null, primary key (tenant_id, tag, position));
create table floor.command_log (
  tenant_id uuid not null, command_id uuid not null, request_hash bytea not null, outcome text not null,
  first_position bigint not null, last_position bigint not null, result bytea not null, seal bytea not null,
  primary key (tenant_id, command_id)
);
