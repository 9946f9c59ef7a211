-- A person signs one of their sessions out. $1 session id, $2 user. Returns it when it was there.
delete from sessions where session_id = $1 and user_id = $2 returning session_id
