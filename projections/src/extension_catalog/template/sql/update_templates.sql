-- Changes templates. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.templates t
set status = coalesce(n.status, t.status), snapshots = coalesce(n.snapshots, t.snapshots),
    first_run_id = coalesce(n.first_run_id, t.first_run_id), first_run_at = coalesce(n.first_run_at, t.first_run_at),
    updated_at = n.updated_at, position = n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, status text, snapshots bigint, first_run_id uuid, first_run_at timestamptz,
  updated_at timestamptz, position bigint)
where t.tenant_id = n.tenant_id and t.package_name = n.package_name
