-- Dead letters of an organization, the latest first. $1 tenant, $2 queue, $3 and $4 when the last one of the page before was
-- over and which it was, or null, $5 how many
select tenant_id, job_id, queue, kind, key, payload, priority, attempts, attempts_max, state, error_code, run_at,
       created_at, finished_at, cancel_requested
from jobs
where tenant_id = $1 and queue = $2 and state = 'failed' and finished_at is not null
  and ($3::timestamptz is null or (finished_at, job_id) < ($3, $4::uuid))
order by finished_at desc, job_id desc
limit $5
