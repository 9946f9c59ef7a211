-- Removes packages. $1 ledgers, $2 names. Touches as many rows as there are names.
delete from {build}.packages k
using unnest($1::uuid[], $2::text[]) as gone(tenant_id, package_name)
where k.tenant_id = gone.tenant_id and k.package_name = gone.package_name
