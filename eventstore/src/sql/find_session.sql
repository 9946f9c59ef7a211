-- A session that has not expired, by its hash. $1 hash
select session_id, user_id, organization_id, bypass_reason, address, user_agent, created_at, seen_at, expires_at
from sessions
where session_hash = $1 and expires_at > now()
