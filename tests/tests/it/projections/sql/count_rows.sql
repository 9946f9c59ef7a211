-- Rows of a table that are of one tenant, and those that are of others. $1 tenant.
select count(*) filter (where tenant_id = $1), count(*) filter (where tenant_id <> $1) from {table}
