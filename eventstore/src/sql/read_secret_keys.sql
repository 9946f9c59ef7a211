-- Every wrapped key of the database.
select tenant_id, key_id, purpose, master_id, nonce, wrapped from secret_keys order by tenant_id, key_id
