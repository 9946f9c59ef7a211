-- Changes what members are. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.memberships m
set role = coalesce(n.role, m.role)
from jsonb_to_recordset($1::text::jsonb) as n(tenant_id uuid, user_id uuid, role text)
where m.tenant_id = n.tenant_id and m.user_id = n.user_id
