-- Leases work that is due, fairly: the organization with the least in hand first, then by priority, time and id.
-- $1 queue, $2 owner, $3 now, $4 leased until, $5 how many, $6 in hand of one organization at most
-- Isolation: what somebody else is taking is skipped, and the state is looked at again on the locked row, so no two are
-- given the same. Beyond what is asked for, 32 more of each organization are looked at, in place of what others take.
with recursive tenants as (
  (select tenant_id from jobs where queue = $1 and state = 'waiting' order by tenant_id limit 1)
  union all
  select (select j.tenant_id from jobs j
          where j.queue = $1 and j.state = 'waiting' and j.tenant_id > t.tenant_id
          order by j.tenant_id limit 1)
  from tenants t
  where t.tenant_id is not null
), due as (
  select t.tenant_id, d.job_id, d.priority, d.run_at,
         a.active + row_number() over (partition by t.tenant_id order by d.priority, d.run_at, d.job_id) as in_hand
  from tenants t
  cross join lateral (
    select count(*) as active from jobs where queue = $1 and state = 'active' and tenant_id = t.tenant_id
  ) as a
  cross join lateral (
    select job_id, priority, run_at from jobs
    where queue = $1 and state = 'waiting' and tenant_id = t.tenant_id and run_at <= $3
    order by priority, run_at, job_id
    limit $5::bigint + 32
  ) as d
  where t.tenant_id is not null
), next as (
  select j.tenant_id, j.job_id
  from due d
  join jobs j on j.tenant_id = d.tenant_id and j.job_id = d.job_id
  where j.state = 'waiting' and j.run_at <= $3 and d.in_hand <= $6::bigint
  order by d.in_hand, d.priority, d.run_at, d.job_id
  limit $5::bigint
  for update of j skip locked
)
update jobs j
set state = 'active', lease_owner = $2, lease_epoch = j.lease_epoch + 1, leased_until = $4
from next
where j.tenant_id = next.tenant_id and j.job_id = next.job_id
returning j.tenant_id, j.job_id, j.queue, j.kind, j.key, j.payload, j.priority, j.attempts, j.attempts_max,
          j.lease_owner, j.lease_epoch, j.run_at, j.created_at
