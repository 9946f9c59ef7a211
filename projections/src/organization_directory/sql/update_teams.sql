-- Changes teams. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.teams t
set slug = coalesce(n.slug, t.slug), name_id = coalesce(n.name_id, t.name_id)
from jsonb_to_recordset($1::text::jsonb) as n(tenant_id uuid, team_id uuid, slug text, name_id uuid)
where t.tenant_id = n.tenant_id and t.team_id = n.team_id
