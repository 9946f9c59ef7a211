-- A sealed value takes the place of the former one of this name; who made it first stays on record.
-- $1 tenant, $2 name, $3 key id, $4 nonce, $5 ciphertext, $6 actor, $7 when
insert into secrets (tenant_id, name, key_id, nonce, ciphertext, created_by, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
on conflict (tenant_id, name) do update
set key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
    updated_at = excluded.updated_at
