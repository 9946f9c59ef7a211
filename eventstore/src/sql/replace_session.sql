-- A session goes on under another hash; the former one is unknown from then on.
-- $1 former hash, $2 hash, $3 organization, $4 bypass reason, $5 expires at. Returns the session when it was there.
-- Isolation: one row changes once: of two that replace the same hash, the second finds it gone.
update sessions
set session_hash = $2, organization_id = $3, bypass_reason = $4, seen_at = now(), expires_at = $5
where session_hash = $1 and expires_at > now()
returning session_id
