-- Heads of runs. $1 tenants, $2 runs, in pairs
select h.tenant_id, h.run_id, h.epoch, h.last_seq, h.segment, h.lease_epoch, h.sealed_seq, h.trimmed_seq
from unnest($1::uuid[], $2::uuid[]) as r (tenant_id, run_id)
join run_heads h on h.tenant_id = r.tenant_id and h.run_id = r.run_id
