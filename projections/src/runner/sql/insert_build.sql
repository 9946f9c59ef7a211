-- Adds the next build of a read model. $1 name, $2 version, $3 code hash, $4 hash of the tables' definition, $5 state.
insert into projection_builds (name, build, version, code_hash, ddl_hash, state, live_at)
select $1, coalesce(max(build), 0) + 1, $2, $3, $4, $5, case when $5 = 'live' then clock_timestamp() end
from projection_builds
where name = $1
returning build
