-- One frame is lost, and nobody says so.
delete from run_frames where run_id = $1 and seq = $2
