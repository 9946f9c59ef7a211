-- Frames of a run up to $2 are lost, and that is declared by its head.
with gone as (delete from run_frames where run_id = $1 and seq <= $2)
update run_heads set trimmed_seq = $2 where run_id = $1
