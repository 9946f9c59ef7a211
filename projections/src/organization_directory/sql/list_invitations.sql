-- One page of an organization's invitations by id, with the position that it is true at (one statement, one snapshot).
-- $1 build, $2 ledger, $3 status or null, $4 last id of the page before or null, $5 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'organization_directory' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.invitation_id, e.email, e.role, e.team_id, e.status, e.expires_at, e.invited_by, e.created_at
from pointer p
left join lateral (
  select true as found, i.invitation_id, t.bytes as email, i.role, i.team_id, i.status, i.expires_at, i.invited_by,
         i.created_at
  from {build}.invitations i
  left join contents t on t.tenant_id = i.tenant_id and t.content_id = i.email_id
  where i.tenant_id = $2
    and ($3::text is null or i.status = $3)
    and ($4::uuid is null or i.invitation_id > $4)
  order by i.invitation_id
  limit $5
) e on true
order by e.invitation_id
