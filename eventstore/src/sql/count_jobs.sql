-- How much there is to do in a queue: waiting and due, put off, in hand, and since when the oldest that is due waits.
-- $1 queue, $2 now
select count(*) filter (where state = 'waiting' and run_at <= $2), count(*) filter (where state = 'waiting' and run_at > $2),
       count(*) filter (where state = 'active'), min(run_at) filter (where state = 'waiting' and run_at <= $2)
from jobs
where queue = $1 and state in ('waiting', 'active')
