-- Heads of some ledgers. $1 tenants. Also confirms that a cached head is still true.
select tenant_id, position, hash from ledgers where tenant_id = any ($1)
