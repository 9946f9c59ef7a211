-- Ledgers that hold an event with a tag after where a process is, and where it is. $1 name, $2 tag
-- Only ledgers that have grown since are probed, each by the primary key of its tags.
select l.tenant_id, coalesce(c.position, 0)
from ledgers l
left join process_checkpoints c on c.tenant_id = l.tenant_id and c.name = $1
cross join lateral (
  select from event_tags
  where tenant_id = l.tenant_id and tag = $2 and position > coalesce(c.position, 0)
  limit 1
) as later
where l.position > coalesce(c.position, 0)
order by l.tenant_id
