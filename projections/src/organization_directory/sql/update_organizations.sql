-- Changes organizations. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.organizations o
set slug = coalesce(n.slug, o.slug), name_id = coalesce(n.name_id, o.name_id)
from jsonb_to_recordset($1::text::jsonb) as n(tenant_id uuid, slug text, name_id uuid)
where o.tenant_id = n.tenant_id
