-- A sealed value with the key that it is under. $1 tenant, $2 name
-- Isolation: one statement, so that a rotation is seen whole or not at all.
select s.name, s.key_id, s.nonce, s.ciphertext, s.created_by, s.created_at, s.updated_at,
       k.key_id, k.purpose, k.master_id, k.nonce, k.wrapped
from secrets s
left join secret_keys k on k.tenant_id = s.tenant_id and k.key_id = s.key_id
where s.tenant_id = $1 and s.name = $2
