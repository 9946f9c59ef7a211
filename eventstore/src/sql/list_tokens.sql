-- What a person may be told of their tokens, the oldest first. $1 user
select tenant_id, token_id, label, scopes, created_at, expires_at, revoked_at
from tokens
where user_id = $1
order by created_at, token_id
