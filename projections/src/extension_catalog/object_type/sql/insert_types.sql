-- Adds types. $1 rows. One of a name twice in a package is a history that cannot be: unique violation.
insert into {build}.types (
  tenant_id, object_type, package_name, satisfies, claim, display_name, category, canonical_keys, identity_key, dispositions,
  schema, declared_at, position)
select n.tenant_id, n.object_type, n.package_name, n.satisfies, n.claim, n.display_name, n.category, n.canonical_keys,
       n.identity_key, n.dispositions, n.schema, n.declared_at, n.position
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, object_type text, package_name text, satisfies jsonb, claim text, display_name text, category text,
  canonical_keys jsonb, identity_key text, dispositions jsonb, schema jsonb, declared_at timestamptz, position bigint)
