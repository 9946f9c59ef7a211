-- The work for a run's execution. Returns state, attempts that are spent, lease epoch, error code.
select state, attempts, lease_epoch, error_code from jobs where kind = 'agent-builder-execution' order by job_id
