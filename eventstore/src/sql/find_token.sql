-- A live credential by its hash. $1 hash.
select tenant_id, actor, role from tokens where token_hash = $1 and revoked_at is null
