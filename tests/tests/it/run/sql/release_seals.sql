-- Runs are sealed from now on, and those that wait for it.
drop trigger hold_seals on jobs;
update jobs set run_at = created_at where kind = 'agent-run-seal';
