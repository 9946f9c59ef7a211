-- The same key under another master key. $1 tenant, $2 key id, $3 master id, $4 nonce, $5 wrapped key
-- Isolation: the caller holds the migration lock and makes all of them one transaction.
update secret_keys set master_id = $3, nonce = $4, wrapped = $5 where tenant_id = $1 and key_id = $2
