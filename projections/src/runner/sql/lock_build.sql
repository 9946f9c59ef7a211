-- Stops everybody who moves a build's checkpoints until we commit. $1 name, $2 build.
select build from projection_builds where name = $1 and build = $2 for update
