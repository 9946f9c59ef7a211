-- A mailed secret is shown: it is answered once and forgotten. $1 hash, $2 purpose
-- Isolation: a row is deleted once: of many at once, one is answered.
delete from challenges
where challenge_hash = $1 and purpose = $2 and expires_at > now()
returning tenant_id, user_id, invitation_id, purpose, created_at, expires_at
