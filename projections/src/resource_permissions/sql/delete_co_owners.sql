-- Removes co-owners. $1 keys; one that was granted and revoked in one go is not there.
delete from {build}.co_owners o
using jsonb_to_recordset($1::text::jsonb)
  as gone(tenant_id uuid, resource_kind text, resource_id uuid, user_id uuid)
where o.tenant_id = gone.tenant_id and o.resource_kind = gone.resource_kind and o.resource_id = gone.resource_id
  and o.user_id = gone.user_id
