-- How far a build is in each ledger. $1 name, $2 build.
select tenant_id, position, epoch from projection_checkpoints where name = $1 and build = $2 order by tenant_id
