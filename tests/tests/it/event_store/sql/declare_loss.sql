-- All frames of a run are lost, and the next epoch begins.
with gone as (delete from run_frames where run_id = $1)
update run_heads set epoch = epoch + 1, last_seq = 0 where run_id = $1
