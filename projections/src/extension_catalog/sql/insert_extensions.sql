-- Adds installed extensions. $1 ledgers, $2 names, $3 kinds, $4 statuses, $5 versions, $6 display names, $7 descriptions,
-- $8 origins, $9 scopes, $10 visibilities, $11 integrities, $12 sha256, $13 dependencies, $14 warnings, $15 installed at,
-- $16 updated at, $17 positions. A name that is there already is a history that cannot be: unique violation.
insert into {build}.extensions (
  tenant_id, package_name, kind, status, version, display_name, description, origin, scope, visibility, integrity,
  content_sha256, dependencies, warnings, installed_at, updated_at, position)
select n.tenant_id, n.package_name, n.kind, n.status, n.version, n.display_name, n.description, n.origin::jsonb, n.scope,
       n.visibility, n.integrity, n.content_sha256, n.dependencies::jsonb, n.warnings::jsonb, n.installed_at, n.updated_at,
       n.position
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::timestamptz[],
            $17::bigint[])
  as n(tenant_id, package_name, kind, status, version, display_name, description, origin, scope, visibility, integrity,
       content_sha256, dependencies, warnings, installed_at, updated_at, position)
