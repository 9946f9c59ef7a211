-- Leases that have run out: an attempt is spent, and the work waits again, even if none is left: whoever takes it then makes
-- it a dead letter, together with whatever is to be told of that. What was enqueued once more in the meantime begins anew
-- instead of ending. So do the leases of a worker that is known to be dead.
-- $1 now, $2 a dead worker, if one is known
-- Isolation: a row that its worker is ending at this moment is skipped.
with lost as (
  select tenant_id, job_id,
         wanted_again and (cancel_requested or attempts + 1 >= attempts_max) as is_anew,
         case when cancel_requested then 'cancelled' else 'waiting' end as outcome
  from jobs
  where state = 'active' and (leased_until <= $1 or lease_owner = $2::uuid)
  order by tenant_id, job_id
  for update skip locked
)
update jobs j
set state = case when l.is_anew then 'waiting' else l.outcome end,
    attempts = case when l.is_anew then 0 else least(j.attempts + 1, j.attempts_max) end,
    lease_owner = null, leased_until = null, wanted_again = false,
    cancel_requested = j.cancel_requested and not l.is_anew,
    error_code = 'WORKER_LOST',
    finished_at = case when not l.is_anew and l.outcome <> 'waiting' then $1::timestamptz end
from lost l
where j.tenant_id = l.tenant_id and j.job_id = l.job_id
returning j.tenant_id, j.job_id, j.state
