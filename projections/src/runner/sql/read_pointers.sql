-- Every build that serves.
select name, version, build from projection_builds where state = 'live'
