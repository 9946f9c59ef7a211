-- A worker is done with a job that is still its own; only what is active has an owner. Returns the state that the job is in now.
-- $1 tenant, $2 job, $3 owner, $4 lease epoch, $5 now, $6 how, $7 error code, $8 when to try again, if at all
--   completed  over
--   failed     an attempt is spent; waits for another if one is left and wanted, else a dead letter
--   postponed  waits until $8, no attempt is spent
-- What was enqueued once more in the meantime begins anew wherever it would have ended. Else what was asked to end ends.
with judged as (
  select tenant_id, job_id, least(attempts + ($6 = 'failed')::integer, attempts_max) as spent,
         wanted_again and ($6 = 'completed' or cancel_requested
           or ($6 = 'failed' and (attempts + 1 >= attempts_max or $8::timestamptz is null))) as is_anew,
         case
           when $6 = 'completed' then 'completed'
           when cancel_requested then 'cancelled'
           when $6 = 'postponed' then 'waiting'
           when attempts + 1 < attempts_max and $8::timestamptz is not null then 'waiting'
           else 'failed'
         end as outcome
  from jobs
  where tenant_id = $1 and job_id = $2 and lease_owner = $3 and lease_epoch = $4
  for update
)
update jobs j
set state = case when g.is_anew then 'waiting' else g.outcome end,
    attempts = case when g.is_anew then 0 else g.spent end,
    lease_owner = null, leased_until = null, wanted_again = false,
    cancel_requested = j.cancel_requested and not g.is_anew,
    error_code = coalesce($7, j.error_code),
    run_at = case when g.is_anew then $5::timestamptz when g.outcome = 'waiting' then coalesce($8, $5) else j.run_at end,
    finished_at = case when not g.is_anew and g.outcome <> 'waiting' then $5::timestamptz end
from judged g
where j.tenant_id = g.tenant_id and j.job_id = g.job_id
returning j.state
