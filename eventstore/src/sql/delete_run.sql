-- Forgets everything of a run's log: frames, checkpoint and head. $1 tenant, $2 run
with gone as (delete from run_frames where tenant_id = $1 and run_id = $2),
forgotten as (delete from run_checkpoints where tenant_id = $1 and run_id = $2)
delete from run_heads where tenant_id = $1 and run_id = $2
