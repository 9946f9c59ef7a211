-- As if work had been tried so often. $1 how often
update jobs set attempts = $1 where kind = 'agent-builder-execution'
