update secret_keys k set nonce = o.nonce, wrapped = o.wrapped
from secret_keys o where o.key_id <> k.key_id and o.purpose = 'secrets' and k.purpose = 'secrets'
