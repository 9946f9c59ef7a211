-- Removes extensions. $1 ledgers, $2 names. Touches as many rows as there are names.
delete from {build}.extensions e
using unnest($1::uuid[], $2::text[]) as gone(tenant_id, package_name)
where e.tenant_id = gone.tenant_id and e.package_name = gone.package_name
