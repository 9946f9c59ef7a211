-- Moves checkpoints by compare-and-set, while the build serves or is being built. $1 name, $2 build, $3 ledgers,
-- $4 from, $5 to, $6 epochs. A ledger that does not come back stands elsewhere. READ COMMITTED: a worker that waited for
-- another one, or for a flip, judges the rows as they are after it.
with fence as materialized (
  select name, build from projection_builds where name = $1 and build = $2 and state in ('live', 'building') for share
)
update projection_checkpoints c
set position = m.moved_to
from fence f, unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[]) as m(tenant_id, moved_from, moved_to, epoch)
where c.tenant_id = m.tenant_id and c.name = f.name and c.build = f.build
  and c.position = m.moved_from and c.epoch = m.epoch
returning c.tenant_id
