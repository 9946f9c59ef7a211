-- How far a process has handled each ledger. $1 name
select tenant_id, position from process_checkpoints where name = $1
