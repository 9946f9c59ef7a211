-- Adds memberships. $1 rows. A member who is there already is a history that cannot be: unique violation.
insert into {build}.memberships (tenant_id, user_id, role, joined_at)
select n.tenant_id, n.user_id, n.role, n.joined_at
from jsonb_to_recordset($1::text::jsonb) as n(tenant_id uuid, user_id uuid, role text, joined_at timestamptz)
