-- One page of an organization's projects by id, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 ids that the viewer may read, $4 level of the owner or null, $5 owner or null, $6 whether archived
-- ones too, $7 last id of the page before or null, $8 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'project_list' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.project_id, e.name, e.description, e.owner_level, e.owner_id, e.visibility, e.archived_at, e.created_by,
       e.created_at, e.updated_at, e.position
from pointer p
left join lateral (
  select true as found, i.project_id, t.bytes as name, d.bytes as description, i.owner_level, i.owner_id, i.visibility,
         i.archived_at, i.created_by, i.created_at, i.updated_at, i.position
  from {build}.projects i
  left join contents t on t.tenant_id = i.tenant_id and t.content_id = i.name_id
  left join contents d on d.tenant_id = i.tenant_id and d.content_id = i.description_id
  where i.tenant_id = $2 and i.project_id = any($3)
    and ($4::text is null or i.owner_level = $4)
    and ($5::text is null or i.owner_id = $5)
    and ($6::boolean is not false or i.archived_at is null)
    and ($7::uuid is null or i.project_id > $7)
  order by i.project_id
  limit $8
) e on true
order by e.project_id
