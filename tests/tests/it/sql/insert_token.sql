-- A further credential, as identity will make them one day. $1 hash, $2 tenant, $3 actor, $4 role.
insert into tokens (token_hash, tenant_id, actor, role) values ($1, $2, $3, $4)
