select count(*) from secret_keys where tenant_id = $1
