-- The second log: what viewers of a run are shown, frame by frame (design.md D8, ADR-0012). Contiguous per run and epoch:
-- a frame is written with the move of its run's head, which is compared and set. No projection: in backups, never rebuilt.
-- Runs as cinatra_owner. cinatra_ledger writes and reads; cinatra_reader has no right to either. A frame is never changed;
-- all of a run's are deleted when the run is (force-delete, erasure).

create table run_heads (
  tenant_id   uuid    not null,
  run_id      uuid    not null,
  epoch       bigint  not null default 1 check (epoch > 0),
  last_seq    bigint  not null default 0,
  segment     integer not null default 1 check (segment > 0),
  lease_epoch bigint  not null default 0 check (lease_epoch >= 0),
  sealed_seq  bigint  not null default 0,
  trimmed_seq bigint  not null default 0 check (trimmed_seq >= 0),
  primary key (tenant_id, run_id),
  check (sealed_seq between 0 and last_seq and trimmed_seq <= last_seq)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on column run_heads.epoch is 'Changes only when frames were lost and that was declared: cursors of another epoch are told so.';
comment on column run_heads.lease_epoch is 'Whoever writes under an older one is refused: it was stopped.';
comment on column run_heads.sealed_seq is 'An event tells the count and hash of the frames up to here.';
comment on column run_heads.trimmed_seq is 'Frames up to here are gone, and a cursor before it is told so.';

create table run_frames (
  tenant_id   uuid        not null,
  run_id      uuid        not null,
  epoch       bigint      not null,
  seq         bigint      not null,
  segment     integer     not null,
  channel     smallint    not null,
  recorded_at timestamptz not null,
  data        bytea       not null,
  primary key (tenant_id, run_id, epoch, seq)
) with (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000);
comment on column run_frames.seq is 'From 1 without holes within an epoch, across segments.';

-- Second wall behind the privileges, as for events.
create trigger run_frames_keep before update or truncate on run_frames
  for each statement execute function refuse_rewrite();

grant select, insert, delete, update (last_seq, segment, lease_epoch, sealed_seq) on run_heads to cinatra_ledger;
grant select, insert, delete on run_frames to cinatra_ledger;

-- As in V0005, without a viewer: the server reads frames for whoever may see the run.
alter table run_heads enable row level security, force row level security;
create policy runner on run_heads to cinatra_ledger using (true) with check (true);

alter table run_frames enable row level security, force row level security;
create policy runner on run_frames to cinatra_ledger using (true) with check (true);

-- Where a run can go on from, whatever becomes of its worker: written with the frames that tell of it, replaced by the
-- next one, gone with the run. No history: the ledger has the digests.
create table run_checkpoints (
  tenant_id uuid  not null,
  run_id    uuid  not null,
  data      bytea not null,
  primary key (tenant_id, run_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

grant select, insert, delete, update (data) on run_checkpoints to cinatra_ledger;

alter table run_checkpoints enable row level security, force row level security;
create policy runner on run_checkpoints to cinatra_ledger using (true) with check (true);
