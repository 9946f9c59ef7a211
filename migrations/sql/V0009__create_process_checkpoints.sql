-- How far each process manager has handled each ledger: what spans two ledgers is done in steps, each its own append
-- (settled.md 1). Moves by compare-and-set; a step is repeated after a crash and finds that it was done.
-- Runs as cinatra_owner. Only cinatra_ledger works with it; cinatra_reader has no right to it.

create table process_checkpoints (
  tenant_id uuid   not null,
  name      text   not null,
  position  bigint not null check (position >= 0),
  primary key (tenant_id, name)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on table process_checkpoints is 'Last position of a ledger that a process has handled. No row: none yet.';

grant select, insert, update on process_checkpoints to cinatra_ledger;

-- As in V0005, without a viewer.
alter table process_checkpoints enable row level security, force row level security;
create policy runner on process_checkpoints to cinatra_ledger using (true) with check (true);
