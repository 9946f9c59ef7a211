select build, state from projection_builds where name = $1 order by build
