-- Every ledger with its last position.
select tenant_id, position from ledgers order by tenant_id
