-- A session ends so many seconds from now. $1 session, $2 seconds.
update sessions set expires_at = now() + make_interval(secs => $2) where session_id = $1
