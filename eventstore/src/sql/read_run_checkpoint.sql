-- Where a run can go on from, if it has been somewhere. $1 tenant, $2 run
select data from run_checkpoints where tenant_id = $1 and run_id = $2
