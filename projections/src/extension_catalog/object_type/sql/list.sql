-- One page of an organization's object types by name and package, with the position that it is true at (one statement, one
-- snapshot). $1 build, $2 ledger, $3 viewer's scope or null, $4 type or null, $5 package or null, $6 status or null, $7 text
-- in lower case or null, $8 type and $9 package of the last row of the page before or null, $10 rows, $11 packages hidden
-- from the viewer.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.object_type, e.package_name, e.kind, e.version, e.status, e.satisfies, e.claim, e.display_name,
       e.category, e.canonical_keys, e.identity_key, e.dispositions, e.schema, e.declared_at, e.position
from pointer p
left join lateral (
  select true as found, t.object_type, t.package_name, k.kind, k.version, k.status, t.satisfies, t.claim, t.display_name,
         t.category, t.canonical_keys, t.identity_key, t.dispositions, t.schema, t.declared_at, t.position
  from {build}.types t
  join {build}.extensions k on k.tenant_id = t.tenant_id and k.package_name = t.package_name
  where t.tenant_id = $2 and (k.visibility = 'public' or k.scope = $3) and t.package_name <> all ($11)
    and ($4::text is null or t.object_type = $4)
    and ($5::text is null or t.package_name = $5)
    and ($6::text is null or k.status = $6)
    and ($7::text is null or position($7 in lower(concat_ws(' ', t.object_type, t.display_name, t.package_name))) > 0)
    and ($8::text is null or (t.object_type, t.package_name) > ($8, $9::text))
  order by t.object_type, t.package_name
  limit $10
) e on true
order by e.object_type, e.package_name
