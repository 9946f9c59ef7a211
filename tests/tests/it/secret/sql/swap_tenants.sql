update secrets s set nonce = o.nonce, ciphertext = o.ciphertext
from secrets o where o.tenant_id <> s.tenant_id and o.name = s.name
