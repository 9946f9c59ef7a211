-- A build begins to serve its version. $1 name, $2 build.
update projection_builds set state = 'live', live_at = clock_timestamp()
where name = $1 and build = $2 and state in ('building', 'retired')
