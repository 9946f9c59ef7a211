-- Opens the log of a run, or moves its head. The caller holds the ledger's lock, and the head's where there is one.
-- $1 tenant, $2 run, $3 epoch, $4 last seq, $5 segment, $6 lease epoch, $7 sealed seq
insert into run_heads (tenant_id, run_id, epoch, last_seq, segment, lease_epoch, sealed_seq)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant_id, run_id) do update
set last_seq = excluded.last_seq, segment = excluded.segment, lease_epoch = excluded.lease_epoch,
    sealed_seq = excluded.sealed_seq
