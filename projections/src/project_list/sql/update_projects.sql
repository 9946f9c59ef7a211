-- Changes projects. $1 rows, null for what stays; description and archiving, which may end, say whether they are told anew.
-- Touches as many rows as there are in it.
update {build}.projects p
set name_id = coalesce(n.name_id, p.name_id),
    description_id = case when n.is_described then n.description_id else p.description_id end,
    owner_level = coalesce(n.owner_level, p.owner_level), owner_id = coalesce(n.owner_id, p.owner_id),
    visibility = coalesce(n.visibility, p.visibility),
    archived_at = case when n.is_shelved then n.archived_at else p.archived_at end,
    updated_at = n.updated_at, position = n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, project_id uuid, name_id uuid, is_described boolean, description_id uuid, owner_level text,
  owner_id text, visibility text, is_shelved boolean, archived_at timestamptz, updated_at timestamptz, position bigint)
where p.tenant_id = n.tenant_id and p.project_id = n.project_id
