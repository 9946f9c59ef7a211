-- Puts other versions in the place of installed ones. $1 ledgers, $2 names, $3 kinds, $4 statuses or null to keep,
-- $5 versions, $6 display names, $7 descriptions, $8 origins, $9 scopes, $10 visibilities, $11 integrities, $12 sha256,
-- $13 dependencies, $14 warnings, $15 updated at, $16 positions. Touches as many rows as there are names.
update {build}.extensions e
set kind = n.kind, status = coalesce(n.status, e.status), version = n.version, display_name = n.display_name,
    description = n.description, origin = n.origin::jsonb, scope = n.scope, visibility = n.visibility,
    integrity = n.integrity, content_sha256 = n.content_sha256, dependencies = n.dependencies::jsonb,
    warnings = n.warnings::jsonb, updated_at = n.updated_at, position = n.position
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::bigint[])
  as n(tenant_id, package_name, kind, status, version, display_name, description, origin, scope, visibility, integrity,
       content_sha256, dependencies, warnings, updated_at, position)
where e.tenant_id = n.tenant_id and e.package_name = n.package_name
