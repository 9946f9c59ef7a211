-- Locks jobs in order and returns who holds them. $1 tenants, $2 jobs, in pairs
-- Isolation: READ COMMITTED; asked after the ledgers' locks.
select j.tenant_id, j.job_id, j.state, j.lease_owner, j.lease_epoch
from jobs j
where (j.tenant_id, j.job_id) in (select * from unnest($1::uuid[], $2::uuid[]))
order by j.tenant_id, j.job_id
for update of j
