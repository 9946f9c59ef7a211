-- Removes everybody from teams that are no more. $1 keys of teams.
delete from {build}.team_members m
using jsonb_to_recordset($1::text::jsonb) as gone(tenant_id uuid, team_id uuid)
where m.tenant_id = gone.tenant_id and m.team_id = gone.team_id
