-- One page of an organization's extensions by name, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 viewer's scope or null, $4 kind or null, $5 status or null, $6 text in lower case or null,
-- $7 last name of the page before or null, $8 rows, $9 packages that are hidden from the viewer.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'extension_catalog' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.package_name, e.kind, e.status, e.version, e.display_name, e.description, e.origin, e.integrity,
       e.content_sha256, e.dependencies, e.dependents, e.warnings, e.installed_at, e.updated_at, e.position
from pointer p
left join lateral (
  select true as found, i.package_name, i.kind, i.status, i.version, i.display_name, i.description, i.origin,
         i.integrity, i.content_sha256, i.dependencies, i.warnings, i.installed_at, i.updated_at, i.position,
         (select coalesce(jsonb_agg(jsonb_build_object('packageName', d.dependent, 'version', x.version,
                                                       'status', x.status, 'blocks', d.blocks) order by d.dependent), '[]')
          from {build}.dependents d
          join {build}.extensions x on x.tenant_id = d.tenant_id and x.package_name = d.dependent
          where d.tenant_id = i.tenant_id and d.package_name = i.package_name
            and (x.visibility = 'public' or x.scope = $3)
            and x.package_name <> all($9)) as dependents
  from {build}.extensions i
  where i.tenant_id = $2 and (i.visibility = 'public' or i.scope = $3)
    and i.package_name <> all($9)
    and ($4::text is null or i.kind = $4)
    and ($5::text is null or i.status = $5)
    and ($6::text is null
         or position($6 in lower(concat_ws(' ', i.package_name, i.display_name, i.description))) > 0)
    and ($7::text is null or i.package_name > $7)
  order by i.package_name
  limit $8
) e on true
order by e.package_name
