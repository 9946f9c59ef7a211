-- Last position of some tags; tags without an event do not come back. $1 tenants, $2 tags, in pairs.
select t.tenant_id, t.tag, e.position
from unnest($1::uuid[], $2::text[]) as t (tenant_id, tag)
cross join lateral (
  select position from event_tags
  where tenant_id = t.tenant_id and tag = t.tag
  order by position desc
  limit 1
) as e
