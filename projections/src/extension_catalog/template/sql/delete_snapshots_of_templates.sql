-- Removes the snapshots of purged templates. $1 keys of templates.
delete from {build}.snapshots s
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, package_name text)
where s.tenant_id = gone.tenant_id and s.package_name = gone.package_name
