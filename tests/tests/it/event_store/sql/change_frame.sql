-- Tries to change what viewers were shown.
update run_frames set data = data where run_id = $1
