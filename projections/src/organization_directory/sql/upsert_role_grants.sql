-- Grants further roles; granted anew, a role has the later end. $1 rows, no key twice.
insert into {build}.role_grants (
  tenant_id, user_id, role, scope_level, scope_record_id, expires_at, granted_by, granted_at, position)
select n.tenant_id, n.user_id, n.role, n.scope_level, n.scope_record_id, n.expires_at, n.granted_by, n.granted_at,
       n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, user_id uuid, role text, scope_level text, scope_record_id uuid, expires_at timestamptz,
  granted_by text, granted_at timestamptz, position bigint)
on conflict (tenant_id, user_id, role, scope_level, scope_record_id) do update
set expires_at = excluded.expires_at, granted_by = excluded.granted_by, granted_at = excluded.granted_at,
    position = excluded.position
