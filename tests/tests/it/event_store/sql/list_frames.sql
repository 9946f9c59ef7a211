-- Whose frames there are.
select tenant_id, run_id from run_frames
