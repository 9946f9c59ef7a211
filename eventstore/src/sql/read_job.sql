-- One job. $1 tenant, $2 job
select tenant_id, job_id, queue, kind, key, payload, priority, attempts, attempts_max, state, error_code, run_at,
       created_at, finished_at, cancel_requested
from jobs
where tenant_id = $1 and job_id = $2
