-- Adds projects. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.projects (
  tenant_id, project_id, name_id, description_id, owner_level, owner_id, visibility, archived_at, created_by, created_at,
  updated_at, position)
select n.tenant_id, n.project_id, n.name_id, n.description_id, n.owner_level, n.owner_id, n.visibility, n.archived_at,
       n.created_by, n.created_at, n.updated_at, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, project_id uuid, name_id uuid, description_id uuid, owner_level text, owner_id text, visibility text,
  archived_at timestamptz, created_by text, created_at timestamptz, updated_at timestamptz, position bigint)
