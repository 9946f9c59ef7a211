-- Removes everybody from resources that are gone. $1 keys of resources.
delete from {build}.co_owners o
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, resource_kind text, resource_id uuid)
where o.tenant_id = gone.tenant_id and o.resource_kind = gone.resource_kind and o.resource_id = gone.resource_id
