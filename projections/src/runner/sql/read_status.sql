-- How far a build is in each ledger that has events. $1 name, $2 build.
select l.tenant_id, coalesce(c.position, 0), l.position
from ledgers l
left join projection_checkpoints c on c.tenant_id = l.tenant_id and c.name = $1 and c.build = $2
where l.position > 0
order by l.tenant_id
