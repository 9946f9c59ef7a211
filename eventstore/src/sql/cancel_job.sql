-- Work is no longer wanted: what waits or is a dead letter is cancelled, and who works on it is asked to give up.
-- $1 tenant, $2 job, $3 now. Returns the state that it is in now; no row when it is over or unknown.
update jobs
set state = case when state = 'active' then 'active' else 'cancelled' end,
    cancel_requested = true, wanted_again = false,
    finished_at = case when state <> 'active' then coalesce(finished_at, $3::timestamptz) end
where tenant_id = $1 and job_id = $2 and state in ('waiting', 'active', 'failed')
returning state
