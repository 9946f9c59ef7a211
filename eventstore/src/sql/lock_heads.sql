-- Locks ledgers in tenant order and returns their heads. $1 tenants.
-- Isolation: READ COMMITTED, so that the statement after this one sees what was committed during the wait.
select tenant_id, position, hash from ledgers where tenant_id = any ($1) order by tenant_id for update
