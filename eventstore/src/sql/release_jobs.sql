-- A worker stops: what it holds waits for another at once, and no attempt is spent. $1 owner, $2 now. Returns how many.
-- Isolation: rows are locked in order, as appends do.
with held as (
  select tenant_id, job_id, cancel_requested and not wanted_again as is_over
  from jobs
  where state = 'active' and lease_owner = $1
  order by tenant_id, job_id
  for update
), released as (
  update jobs j
  set state = case when h.is_over then 'cancelled' else 'waiting' end,
      lease_owner = null, leased_until = null, wanted_again = false, cancel_requested = h.is_over,
      finished_at = case when h.is_over then $2::timestamptz end
  from held h
  where j.tenant_id = h.tenant_id and j.job_id = h.job_id
  returning j.job_id
)
select count(*) from released
