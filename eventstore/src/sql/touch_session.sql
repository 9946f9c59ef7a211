-- A session was used and lasts longer. An expired one stays so. $1 session id, $2 expires at
update sessions set seen_at = now(), expires_at = $2 where session_id = $1 and expires_at > now()
returning session_id
