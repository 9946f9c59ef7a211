select count(*) from secret_keys
