-- Somebody is signed in, unless the password that proved who they are was replaced since.
-- $1 hash, $2 session id, $3 user, $4 organization, $5 bypass reason, $6 address, $7 user agent, $8 expires at,
-- $9 when that password was set; null when it was not a password. Returns the session when it was opened.
-- Isolation: READ COMMITTED with the password's row locked. Whoever replaces it waits for this session and then ends
-- it with the others, or has replaced it, and then the row that comes back from the lock is another one.
with proof as (
  select user_id from passwords where user_id = $3 and set_at = $9 for share
)
insert into sessions (session_hash, session_id, user_id, organization_id, bypass_reason, address, user_agent,
                      expires_at)
select $1, $2, $3, $4, $5, $6, $7, $8
where $9::timestamptz is null or exists (select from proof)
returning session_id
