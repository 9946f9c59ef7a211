-- Creates a ledger at its genesis; nothing happens when it exists. $1 tenant.
insert into ledgers (tenant_id) values ($1) on conflict (tenant_id) do nothing
