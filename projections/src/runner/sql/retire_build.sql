-- A build of the same version stops serving; it is kept for roll-back. $1 name, $2 build.
update projection_builds set state = 'retired' where name = $1 and build = $2 and state = 'live'
