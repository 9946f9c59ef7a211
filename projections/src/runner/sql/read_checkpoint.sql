-- How far one ledger is in a build that is live. $1 ledger, $2 name, $3 build.
select coalesce(c.position, 0)
from projection_builds b
left join projection_checkpoints c on c.tenant_id = $1 and c.name = b.name and c.build = b.build
where b.name = $2 and b.build = $3 and b.state = 'live'
