-- Adds invitations. $1 rows; an erased one has no address and does not stay pending. One that is there already is a
-- history that cannot be: unique violation.
insert into {build}.invitations (
  tenant_id, invitation_id, email_id, role, team_id, status, expires_at, invited_by, created_at)
select n.tenant_id, n.invitation_id, case when not n.is_erased then n.email_id end, n.role, n.team_id,
       case when n.is_erased and n.status = 'pending' then 'canceled' else n.status end,
       n.expires_at, n.invited_by, n.created_at
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, invitation_id uuid, email_id uuid, role text, team_id uuid, status text, is_erased boolean,
  expires_at timestamptz, invited_by text, created_at timestamptz)
