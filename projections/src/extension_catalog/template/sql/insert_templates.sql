-- Adds templates. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.templates (
  tenant_id, package_name, status, snapshots, first_run_id, first_run_at, updated_at, position)
select n.tenant_id, n.package_name, n.status, n.snapshots, n.first_run_id, n.first_run_at, n.updated_at, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, status text, snapshots bigint, first_run_id uuid, first_run_at timestamptz,
  updated_at timestamptz, position bigint)
