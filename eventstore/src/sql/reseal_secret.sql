-- The same value under another key: nobody changed it. $1 tenant, $2 name, $3 key id, $4 nonce, $5 ciphertext
update secrets set key_id = $3, nonce = $4, ciphertext = $5 where tenant_id = $1 and name = $2
