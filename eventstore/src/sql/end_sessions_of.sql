-- A person is signed out everywhere but in one session. $1 user, $2 session that stays, null for none
delete from sessions where user_id = $1 and session_id is distinct from $2::uuid
