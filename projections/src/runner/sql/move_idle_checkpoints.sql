-- Moves checkpoints of several builds past events that change none of their rows, by compare-and-set, while each build
-- serves. $1 names, $2 builds, $3 ledgers, $4 from, $5 to, $6 epochs, side by side. What does not come back stands
-- elsewhere. READ COMMITTED: a worker that waited for another one, or for a flip, judges the rows as they are after it.
with idle as (
  select * from unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[])
    as m(name, build, tenant_id, moved_from, moved_to, epoch)
),
fence as materialized (
  select b.name, b.build from projection_builds b
  where (b.name, b.build) in (select i.name, i.build from idle i) and b.state in ('live', 'building')
  order by b.name
  for share
)
update projection_checkpoints c
set position = i.moved_to
from fence f join idle i on i.name = f.name and i.build = f.build
where c.tenant_id = i.tenant_id and c.name = i.name and c.build = i.build
  and c.position = i.moved_from and c.epoch = i.epoch
returning c.name, c.tenant_id
