-- A mailed secret that has not expired. $1 hash, $2 purpose
select tenant_id, user_id, invitation_id, purpose, created_at, expires_at
from challenges
where challenge_hash = $1 and purpose = $2 and expires_at > now()
