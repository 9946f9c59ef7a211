-- The head says that there is one more frame, and there is none.
update run_heads set last_seq = last_seq + 1 where run_id = $1
