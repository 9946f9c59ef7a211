-- What is kept of the credentials of sessions.
select session_hash from sessions
