-- A dead letter is tried again from the beginning. $1 tenant, $2 job, $3 now. Returns a row when it was one, unless other
-- unfinished work has its key by now.
update jobs j
set state = 'waiting', attempts = 0, run_at = $3, finished_at = null, cancel_requested = false
where j.tenant_id = $1 and j.job_id = $2 and j.state = 'failed'
  and not exists (select from jobs o
                  where o.tenant_id = j.tenant_id and o.queue = j.queue and o.key = j.key and o.finished_at is null)
returning j.job_id
