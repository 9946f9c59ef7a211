-- The tenant's key of a purpose. $1 tenant, $2 purpose
select tenant_id, key_id, purpose, master_id, nonce, wrapped from secret_keys where tenant_id = $1 and purpose = $2
