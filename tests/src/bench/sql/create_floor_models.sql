-- The read models of the bare program: the keys and the widths of ours.
drop schema if exists floor_models cascade;
create schema floor_models;
create table floor_models.checkpoint (position bigint not null);
insert into floor_models.checkpoint values (0);
create table floor_models.entries (
  tenant_id uuid not null, package_name text collate "C" not null, position bigint not null, revision bigint not null,
  event_id uuid not null, wire_name text not null, actor text not null, recorded_at timestamptz not null,
  summary jsonb not null, primary key (tenant_id, package_name, position)
);
create table floor_models.extensions (
  tenant_id uuid not null, package_name text collate "C" not null, release jsonb not null, status text not null,
  position bigint not null, primary key (tenant_id, package_name)
) with (fillfactor = 85);
