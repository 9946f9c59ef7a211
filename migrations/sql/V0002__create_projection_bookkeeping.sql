-- What is known about each read model: its builds, how far each got, who works on it, what it could not apply.
-- The read models themselves live in schemas p_<name>_<build>, which the projection runner creates and drops.
-- Runs as cinatra_owner. cinatra_ledger (the runner) reads and writes; cinatra_reader (queries) reads.

create table projection_builds (
  name       text        not null,
  build      integer     not null check (build > 0),
  version    integer     not null,
  code_hash  bytea       not null check (octet_length(code_hash) = 32),
  ddl_hash   bytea       not null check (octet_length(ddl_hash) = 32),
  state      text        not null check (state in ('building', 'live', 'retired')),
  created_at timestamptz not null default clock_timestamp(),
  live_at    timestamptz,
  primary key (name, build)
);
comment on table projection_builds is 'The pointer: of each version of a read model at most one build is live.';
create unique index projection_builds_one_live on projection_builds (name, version) where state = 'live';

create table projection_checkpoints (
  tenant_id uuid    not null,
  name      text    not null,
  build     integer not null,
  position  bigint  not null default 0 check (position >= 0),
  epoch     bigint  not null default 0,
  primary key (tenant_id, name, build)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on table projection_checkpoints is
  'Last position a build holds of a ledger; moves by compare-and-set on position and epoch with the rows.';

-- Leases save work, they do not protect: the checkpoint's compare-and-set does.
create table projection_leases (
  name       text        not null,
  build      integer     not null,
  shard      smallint    not null,
  owner      uuid        not null,
  backend    integer     not null,
  epoch      bigint      not null,
  expires_at timestamptz not null,
  primary key (name, build, shard)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on column projection_leases.shard is 'Last byte of the ledger''s id modulo the number of shards; -1 is a rebuild.';
comment on column projection_leases.backend is 'Server process of the owner''s connection: when it is gone, so is the owner.';

create table projection_parked (
  tenant_id uuid        not null,
  name      text        not null,
  build     integer     not null,
  position  bigint      not null,
  stream    bytea       not null check (octet_length(stream) = 16),
  state     text        not null check (state in ('halted', 'parked', 'behind')),
  attempts  integer     not null default 1,
  reason    text        not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, name, build, position)
);
comment on column projection_parked.state is
  'halted: the ledger waits here. parked: this event failed, its stream waits. behind: a later event of such a stream.';

grant select, insert, update, delete
  on projection_builds, projection_checkpoints, projection_leases, projection_parked to cinatra_ledger;
grant select on projection_builds, projection_checkpoints, projection_leases, projection_parked to cinatra_reader;
