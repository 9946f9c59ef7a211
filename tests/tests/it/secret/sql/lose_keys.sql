delete from secret_keys where purpose = 'secrets'
