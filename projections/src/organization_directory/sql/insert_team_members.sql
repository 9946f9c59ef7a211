-- Adds members of teams. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.team_members (tenant_id, team_id, user_id, role, added_at)
select n.tenant_id, n.team_id, n.user_id, n.role, n.added_at
from jsonb_to_recordset($1::text::jsonb)
  as n(tenant_id uuid, team_id uuid, user_id uuid, role text, added_at timestamptz)
