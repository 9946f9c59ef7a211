-- Adds snapshots. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.snapshots (
  tenant_id, package_name, number, snapshot_id, version, content_sha256, manifest_sha256, oas_sha256, plan_digest, taken_at,
  position)
select n.tenant_id, n.package_name, n.number, n.snapshot_id, n.version, n.content_sha256, n.manifest_sha256, n.oas_sha256,
       n.plan_digest, n.taken_at, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, number bigint, snapshot_id uuid, version text, content_sha256 text,
  manifest_sha256 text, oas_sha256 text, plan_digest text, taken_at timestamptz, position bigint)
