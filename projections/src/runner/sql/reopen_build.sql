-- A build that served until a rebuild took its place is filled again. $1 name, $2 build.
update projection_builds set state = 'building' where name = $1 and build = $2 and state = 'retired'
