with renamed as (update secret_keys set key_id = '00000000-0000-0000-0000-000000000007' where purpose = 'secrets')
update secrets set key_id = '00000000-0000-0000-0000-000000000007'
