-- As many secrets as there may be. $1 tenant
insert into secrets (tenant_id, name, key_id, nonce, ciphertext, created_by, created_at, updated_at)
select $1, 'filler-' || n, '00000000-0000-0000-0000-000000000007', decode(repeat('00', 12), 'hex'), '', 'service:test', now(), now()
from generate_series(1, 1000 - (select count(*)::int from secrets where tenant_id = $1)) n
