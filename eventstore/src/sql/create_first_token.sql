-- Stores the first credential of the database, and its tenant's ledger, unless there is a credential already.
-- $1 hash, $2 tenant, $3 actor, $4 role, $5 token id. Returns the tenant when it was stored.
-- Isolation: the caller holds the migration lock, so that two first nodes cannot both win.
with first as (
  insert into tokens (token_hash, tenant_id, actor, role, kind, token_id)
  select $1, $2, $3, $4, 'bootstrap', $5 where not exists (select from tokens)
  returning tenant_id
), ledger as (
  insert into ledgers (tenant_id) select tenant_id from first on conflict (tenant_id) do nothing
)
select tenant_id from first
