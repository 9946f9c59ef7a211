-- Work is to be done. Where unfinished work has the same key nothing is added: if it waits it will see what there is, and
-- if it is being done it is done once more afterwards, because it may have looked before.
-- A job that is known by its id was enqueued before, and is left as it is.
-- $1 tenant, $2 job, $3 queue, $4 kind, $5 key, $6 payload, $7 priority, $8 not before, $9 attempts at most, $10 when
insert into jobs (tenant_id, job_id, queue, kind, key, payload, priority, state, run_at, attempts_max, created_at)
select $1, $2, $3, $4, $5, $6, $7, 'waiting', greatest($8, $10::timestamptz), $9, $10
where not exists (select from jobs where tenant_id = $1 and job_id = $2)
on conflict (tenant_id, queue, key) where finished_at is null and key is not null do update
set wanted_again = jobs.wanted_again or jobs.state = 'active',
    run_at = case jobs.state when 'waiting' then least(jobs.run_at, excluded.run_at) else jobs.run_at end
