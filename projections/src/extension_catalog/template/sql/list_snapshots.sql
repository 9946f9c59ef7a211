-- One page of the snapshots of a template, the newest first, with the position that it is true at (one statement, one
-- snapshot). $1 build, $2 ledger, $3 viewer's scope or null, $4 packages that are hidden from the viewer, $5 package,
-- $6 last number of the page before or null, $7 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.snapshot_id, e.number, e.version, e.content_sha256, e.manifest_sha256, e.oas_sha256, e.plan_digest,
       e.taken_at, e.position
from pointer p
left join lateral (
  select true as found, s.snapshot_id, s.number, s.version, s.content_sha256, s.manifest_sha256, s.oas_sha256,
         s.plan_digest, s.taken_at, s.position
  from {build}.snapshots s
  join {build}.extensions i on i.tenant_id = s.tenant_id and i.package_name = s.package_name
  where s.tenant_id = $2 and s.package_name = $5 and i.kind = 'agent' and (i.visibility = 'public' or i.scope = $3)
    and i.package_name <> all($4) and ($6::bigint is null or s.number < $6)
  order by s.number desc
  limit $7
) e on true
order by e.number desc
