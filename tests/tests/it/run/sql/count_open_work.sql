-- Work for the execution of runs that is not done.
select count(*) from jobs where kind = 'agent-builder-execution' and state not in ('completed', 'failed', 'cancelled')
