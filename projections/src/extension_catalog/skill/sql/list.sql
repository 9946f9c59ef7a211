-- One page of an organization's skills by package and name, with the position that it is true at (one statement, one
-- snapshot). $1 build, $2 ledger, $3 viewer's scope or null, $4 package or null, $5 status or null, $6 text in lower case
-- or null, $7 package and $8 name of the last skill of the page before or null, $9 rows, $10 skills hidden from the viewer.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.skill_id, e.name, e.description, e.tenant_id, e.package_name, e.kind, e.version, e.status, e.path,
       e.content_sha256, e.indexed_at, e.position
from pointer p
left join lateral (
  select true as found, s.skill_id, s.name, s.description, s.tenant_id, s.package_name, k.kind, k.version, k.status,
         s.path, s.content_sha256, s.indexed_at, s.position
  from {build}.skills s
  join {build}.extensions k on k.tenant_id = s.tenant_id and k.package_name = s.package_name
  where s.tenant_id = $2 and (k.visibility = 'public' or k.scope = $3) and s.skill_id <> all ($10::uuid[])
    and ($4::text is null or s.package_name = $4)
    and ($5::text is null or k.status = $5)
    and ($6::text is null or position($6 in lower(concat_ws(' ', s.name, s.description, s.package_name))) > 0)
    and ($7::text is null or (s.package_name, s.name) > ($7, $8::text))
  order by s.package_name, s.name
  limit $9
) e on true
order by e.package_name, e.name
