-- Ledgers that are ahead of a build's checkpoint, of the shards that we hold a lease on. $1 names, $2 builds, $3 owner,
-- $4 ledger after which to begin (all come round), $5 rows. Columns: index of the build from 1, ledger, its head, our
-- checkpoint, the checkpoint's epoch (null: there is none yet), the lease's epoch, whether events are parked.
select w.index, l.tenant_id, l.position, coalesce(c.position, 0), c.epoch, e.epoch,
       exists (select from projection_parked p
               where p.tenant_id = l.tenant_id and p.name = w.name and p.build = w.build)
from unnest($1::text[], $2::integer[]) with ordinality as w(name, build, index)
join projection_leases e on e.name = w.name and e.build = w.build and e.owner = $3 and e.shard >= 0
join ledgers l on get_byte(uuid_send(l.tenant_id), 15) % 4 = e.shard
left join projection_checkpoints c on c.tenant_id = l.tenant_id and c.name = w.name and c.build = w.build
where l.position > coalesce(c.position, 0)
order by l.tenant_id <= $4, l.tenant_id, w.index
limit $5
