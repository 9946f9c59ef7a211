-- The head, and what claims a place outside 1 to head in the same snapshot: nothing may. $1 tenant.
select l.position, l.hash,
       (select min(e.position) from events e where e.tenant_id = $1 and e.position > l.position) as event_beyond,
       (select min(t.position) from event_tags t
        where t.tenant_id = $1 and (t.position > l.position or t.position < 1)) as tag_beyond,
       (select min(c.first_position) from command_log c
        where c.tenant_id = $1 and (c.last_position > l.position or c.first_position < 1)) as command_beyond
from ledgers l
where l.tenant_id = $1
