-- Remembers where a run can go on from. The caller holds the lock of the run's head. $1 tenant, $2 run, $3 data
insert into run_checkpoints (tenant_id, run_id, data)
values ($1, $2, $3)
on conflict (tenant_id, run_id) do update
set data = excluded.data
