-- The one ledger of an organization: its id and head. The system's ledger is not part of the load.
select tenant_id, position from ledgers where tenant_id <> '00000000-0000-0000-0000-000000000000'
