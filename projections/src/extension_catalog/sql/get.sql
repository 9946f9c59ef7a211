-- One extension of an organization, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 viewer's scope or null, $4 name, $5 packages that are hidden from the viewer.
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
            and x.package_name <> all($5)) as dependents
  from {build}.extensions i
  where i.tenant_id = $2 and i.package_name = $4 and (i.visibility = 'public' or i.scope = $3)
    and i.package_name <> all($5)
) e on true
