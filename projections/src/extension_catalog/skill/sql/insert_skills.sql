-- Adds skills. $1 rows. Two of one name in a package are a history that cannot be: unique violation.
insert into {build}.skills (
  tenant_id, package_name, name, skill_id, description, path, content_sha256, indexed_at, position)
select n.tenant_id, n.package_name, n.name, n.skill_id, n.description, n.path, n.content_sha256, n.indexed_at, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, package_name text, name text, skill_id uuid, description text, path text, content_sha256 text,
  indexed_at timestamptz, position bigint)
