-- Tags of a range of positions, in the order in which they are hashed. $1 tenant, $2 after, $3 up to.
select position, tag
from event_tags
where tenant_id = $1 and position > $2 and position <= $3
order by position, tag collate "C"
