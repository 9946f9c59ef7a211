-- A person's sessions that have not expired, the last used first. $1 user
select session_id, user_id, organization_id, bypass_reason, address, user_agent, created_at, seen_at, expires_at
from sessions
where user_id = $1 and expires_at > now()
order by seen_at desc, session_id
