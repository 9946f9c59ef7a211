-- A credential that works, by its hash: not revoked, not expired, not replaced too long ago. $1 hash.
select tenant_id, actor, role, kind, token_id, user_id, service_account_id, scopes, expires_at
from tokens
where token_hash = $1 and revoked_at is null
  and (expires_at is null or expires_at > now()) and (ends_at is null or ends_at > now())
