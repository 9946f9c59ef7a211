-- The whole command log of a ledger. $1 tenant.
select command_id, outcome, first_position, last_position from command_log where tenant_id = $1
