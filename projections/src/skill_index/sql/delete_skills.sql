-- Forgets the skills of packages. $1 ledgers, $2 names of the packages.
delete from {build}.skills s
using unnest($1::uuid[], $2::text[]) as gone(tenant_id, package_name)
where s.tenant_id = gone.tenant_id and s.package_name = gone.package_name
