-- How far a process has handled one ledger; no row for not at all. $1 tenant, $2 name.
select position from process_checkpoints where tenant_id = $1 and name = $2
