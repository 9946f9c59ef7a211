-- The build that serves a version of a read model. $1 name, $2 version.
select build from projection_builds where name = $1 and version = $2 and state = 'live'
