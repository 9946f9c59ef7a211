-- Locks heads of runs in order and returns them. $1 tenants, $2 runs, in pairs
-- Isolation: READ COMMITTED; asked after the ledgers' locks, and whoever appends frames alone holds one head only.
select h.tenant_id, h.run_id, h.epoch, h.last_seq, h.segment, h.lease_epoch, h.sealed_seq, h.trimmed_seq
from run_heads h
where (h.tenant_id, h.run_id) in (select * from unnest($1::uuid[], $2::uuid[]))
order by h.tenant_id, h.run_id
for update of h
