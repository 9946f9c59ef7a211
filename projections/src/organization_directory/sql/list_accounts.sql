-- One page of an organization's service accounts by id, with the position that it is true at (one statement, one
-- snapshot). $1 build, $2 ledger, $3 last id of the page before or null, $4 rows.
with pointer as (
  select coalesce(c.position, 0) as at
  from projection_builds b
  left join projection_checkpoints c on c.tenant_id = $2 and c.name = b.name and c.build = b.build
  where b.name = 'organization_directory' and b.build = $1::integer and b.state = 'live'
)
select p.at, e.found, e.service_account_id, e.name, e.scopes, e.is_revoked, e.created_by, e.created_at, e.rotated_at
from pointer p
left join lateral (
  select true as found, s.service_account_id, t.bytes as name, s.scopes, s.is_revoked, s.created_by, s.created_at,
         s.rotated_at
  from {build}.service_accounts s
  left join contents t on t.tenant_id = s.tenant_id and t.content_id = s.name_id
  where s.tenant_id = $2
    and ($3::uuid is null or s.service_account_id > $3)
  order by s.service_account_id
  limit $4
) e on true
order by e.service_account_id
