-- Every build of a read model, newest first. $1 name.
select build, version, code_hash, ddl_hash, state, created_at, live_at
from projection_builds
where name = $1
order by build desc
