-- Every event that carries any of the tags, in ledger order, and the position at which that is true.
-- $1 tenant, $2 tags. One row with a null position when the ledger has no such event; none when it does not exist.
-- Isolation: one statement, one snapshot: no event can come between the head and the events.
-- The laterals keep to the two primary keys whatever the statistics said when the plan was cached. For events that takes
-- an order that only the primary key has: an equality costs the same by the other index while the table is empty.
select l.position as at, e.tenant_id, e.position, e.stream_id, e.revision, e.event_id, e.wire_name, e.recorded_at,
       e.actor, e.authority, e.command_id, e.causation_id, e.correlation_id, e.payload, e.hash
from ledgers l
left join lateral (
  select found.*
  from (
    select distinct t.position
    from unnest($2::text[]) as wanted (tag)
    cross join lateral (select position from event_tags where tenant_id = $1 and tag = wanted.tag offset 0) as t
  ) as places
  cross join lateral (
    select * from events
    where tenant_id = $1 and position between places.position and places.position
    order by position
    limit 1
  ) as found
) as e on true
where l.tenant_id = $1
order by e.position
