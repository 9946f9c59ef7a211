-- Work that is to be done later, by whichever worker is free: enqueued with the fact that is its reason, leased, fenced
-- by lease owner and epoch, tried again, or kept as a dead letter (ADR-0012). A payload holds ids, never content.
-- Every time is the node's clock, given by the statement. Runs as cinatra_owner. Only cinatra_ledger works with it.

create table jobs (
  tenant_id        uuid        not null,
  job_id           uuid        not null,
  queue            text        not null,
  kind             text        not null,
  key              text,
  payload          jsonb       not null,
  priority         smallint    not null,
  state            text        not null check (state in ('waiting', 'active', 'completed', 'failed', 'cancelled')),
  run_at           timestamptz not null,
  attempts         integer     not null default 0,
  attempts_max     integer     not null check (attempts_max > 0),
  lease_owner      uuid,
  lease_epoch      bigint      not null default 0,
  leased_until     timestamptz,
  cancel_requested boolean     not null default false,
  wanted_again     boolean     not null default false,
  error_code       text,
  created_at       timestamptz not null,
  finished_at      timestamptz,
  primary key (tenant_id, job_id),
  check ((state = 'active') = (lease_owner is not null and leased_until is not null)),
  check ((state in ('waiting', 'active')) = (finished_at is null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on column jobs.attempts is 'Attempts that failed or whose lease ran out; putting off and handing over spend none.';
comment on column jobs.lease_epoch is 'Raised with each claim: whoever holds an older one is refused.';
comment on column jobs.wanted_again is 'Enqueued once more while it was being worked on: its end is a new beginning.';

create unique index jobs_unfinished_by_key on jobs (tenant_id, queue, key) where finished_at is null and key is not null;
create index jobs_waiting on jobs (queue, tenant_id, priority, run_at, job_id) where state = 'waiting';
create index jobs_active on jobs (queue, tenant_id, leased_until) where state = 'active';
create index jobs_finished on jobs (tenant_id, queue, state, finished_at, job_id) where finished_at is not null;

grant select, insert, update, delete on jobs to cinatra_ledger;

-- As in V0005, without a viewer.
alter table jobs enable row level security, force row level security;
create policy runner on jobs to cinatra_ledger using (true) with check (true);
