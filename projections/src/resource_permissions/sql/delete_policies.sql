-- Removes policies. $1 keys; one that was set and cleared in one go is not there.
delete from {build}.policies y
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, resource_kind text, resource_id uuid)
where y.tenant_id = gone.tenant_id and y.resource_kind = gone.resource_kind and y.resource_id = gone.resource_id
