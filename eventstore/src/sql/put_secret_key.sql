-- A wrapped key takes the place of the tenant's former one of the same purpose.
-- $1 tenant, $2 key id, $3 purpose, $4 master id, $5 nonce, $6 wrapped key
insert into secret_keys (tenant_id, key_id, purpose, master_id, nonce, wrapped)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, purpose) do update
set key_id = excluded.key_id, master_id = excluded.master_id, nonce = excluded.nonce, wrapped = excluded.wrapped,
    created_at = excluded.created_at
