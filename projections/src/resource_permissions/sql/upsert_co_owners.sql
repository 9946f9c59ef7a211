-- Adds co-owners. $1 rows, no key twice.
insert into {build}.co_owners (tenant_id, resource_kind, resource_id, user_id, granted_by, granted_at)
select n.tenant_id, n.resource_kind, n.resource_id, n.user_id, n.granted_by, n.granted_at
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, resource_kind text, resource_id uuid, user_id uuid, granted_by text, granted_at timestamptz)
on conflict (tenant_id, resource_kind, resource_id, user_id) do update
set granted_by = excluded.granted_by, granted_at = excluded.granted_at
