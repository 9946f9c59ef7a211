-- Takes checkpoints over for a lease, and begins those that are not there. $1 names, $2 builds, $3 ledgers, $4 epochs.
-- Whoever held them under an older epoch cannot move them any more.
insert into projection_checkpoints (tenant_id, name, build, position, epoch)
select n.tenant_id, n.name, n.build, 0, n.epoch
from unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[]) as n(name, build, tenant_id, epoch)
on conflict (tenant_id, name, build) do update
set epoch = excluded.epoch
where projection_checkpoints.epoch < excluded.epoch
