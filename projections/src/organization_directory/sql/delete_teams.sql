-- Removes teams. $1 keys. Touches as many rows as there are keys.
delete from {build}.teams t
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, team_id uuid)
where t.tenant_id = gone.tenant_id and t.team_id = gone.team_id
