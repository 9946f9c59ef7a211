-- Removes templates. $1 keys. Touches as many rows as there are in it.
delete from {build}.templates t
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, package_name text)
where t.tenant_id = gone.tenant_id and t.package_name = gone.package_name
