-- Who has access to a project, the owner first, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 project.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'project_list' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.is_owner, e.principal_level, e.principal_id, e.role, e.granted_by, e.granted_at
from pointer p
left join lateral (
  select true as found, true as is_owner, i.owner_level as principal_level, i.owner_id as principal_id, 'owner' as role,
         null::text as granted_by, null::timestamptz as granted_at
  from {build}.projects i
  where i.tenant_id = $2 and i.project_id = $3
  union all
  select true, false, a.principal_level, a.principal_id, a.role, a.granted_by, a.granted_at
  from {build}.project_access a
  where a.tenant_id = $2 and a.project_id = $3
) e on true
order by e.is_owner desc, e.principal_level, e.principal_id
