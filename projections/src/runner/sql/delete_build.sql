-- Forgets a build whose schema was dropped. $1 name, $2 build.
with checkpoints as (delete from projection_checkpoints where name = $1 and build = $2),
     leases as (delete from projection_leases where name = $1 and build = $2),
     parked as (delete from projection_parked where name = $1 and build = $2)
delete from projection_builds where name = $1 and build = $2
