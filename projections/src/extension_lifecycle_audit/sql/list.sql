-- One page of destructive operations, newest first, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 package or null, $4 last position of the page before or null, $5 rows.
-- The reason's text is joined from the contents beside the ledger: once it is erased there, it is erased here.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_lifecycle_audit' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.position, e.event_id, e.actor_id, e.actor_type, e.tenant_id, e.operation, e.package_name,
       e.package_version, e.destroyed_row_snapshot, e.dangling_references, e.reason_content, e.reason_bytes, e.created_at
from pointer p
left join lateral (
  select true as found, o.position, o.event_id, o.actor_id, o.actor_type, o.tenant_id, o.operation, o.package_name,
         o.package_version, o.destroyed_row_snapshot, o.dangling_references, o.reason_content, t.bytes as reason_bytes,
         o.created_at
  from {build}.operations o
  left join contents t on t.tenant_id = o.tenant_id and t.content_id = o.reason_content
  where o.tenant_id = $2
    and ($3::text is null or o.package_name = $3)
    and ($4::bigint is null or o.position < $4)
  order by o.position desc
  limit $5
) e on true
order by e.position desc
