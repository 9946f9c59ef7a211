-- Whoever holds a session signs out. $1 hash. Returns it when it was there.
delete from sessions where session_hash = $1 returning session_id
