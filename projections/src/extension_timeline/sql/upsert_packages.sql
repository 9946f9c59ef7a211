-- Notes who may see each package's history. $1 ledgers, $2 packages, $3 visibilities, $4 scopes; no name twice.
insert into {build}.packages (tenant_id, package_name, visibility, scope)
select n.tenant_id, n.package_name, n.visibility, n.scope
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as n(tenant_id, package_name, visibility, scope)
on conflict (tenant_id, package_name) do update set visibility = excluded.visibility, scope = excluded.scope
