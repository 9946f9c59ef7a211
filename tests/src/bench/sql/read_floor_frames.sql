-- The frames of a run after a place. $1 run, $2 place
select seq, data from run_frames where run_id = $1 and seq > $2 order by seq
