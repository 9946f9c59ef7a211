-- Forgets the types of packages. $1 keys of packages.
delete from {build}.types t
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, package_name text)
where t.tenant_id = gone.tenant_id and t.package_name = gone.package_name
