-- A run begins at its beginning again. The caller holds the lock of the run's head. $1 tenant, $2 run
delete from run_checkpoints where tenant_id = $1 and run_id = $2
