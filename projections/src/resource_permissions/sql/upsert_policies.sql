-- Says policies anew, all of each. $1 rows, no key twice.
insert into {build}.policies (tenant_id, resource_kind, resource_id, read, execute, share, set_by, updated_at)
select n.tenant_id, n.resource_kind, n.resource_id, n.read, n.execute, n.share, n.set_by, n.updated_at
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, resource_kind text, resource_id uuid, read text, execute text, share text, set_by text,
  updated_at timestamptz)
on conflict (tenant_id, resource_kind, resource_id) do update
set read = excluded.read, execute = excluded.execute, share = excluded.share, set_by = excluded.set_by,
    updated_at = excluded.updated_at
