-- Adds teams. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.teams (tenant_id, team_id, slug, name_id, created_at)
select n.tenant_id, n.team_id, n.slug, n.name_id, n.created_at
from jsonb_to_recordset($1::text::jsonb)
  as n(tenant_id uuid, team_id uuid, slug text, name_id uuid, created_at timestamptz)
