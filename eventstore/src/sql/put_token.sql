-- A credential works from now on.
-- $1 hash, $2 tenant, $3 actor, $4 role, $5 kind, $6 token id, $7 user, $8 service account, $9 scopes, $10 label,
-- $11 when, $12 expires at
insert into tokens (token_hash, tenant_id, actor, role, kind, token_id, user_id, service_account_id, scopes, label,
                    created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
