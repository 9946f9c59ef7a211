-- Ledgers that hold an event with a tag: one probe of an index each. $1 tag
select l.tenant_id
from ledgers l
cross join lateral (select from event_tags where tenant_id = l.tenant_id and tag = $1 limit 1) as tagged
order by l.tenant_id
