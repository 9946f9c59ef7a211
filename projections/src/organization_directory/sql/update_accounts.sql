-- Changes service accounts. $1 rows, null for what stays. Touches as many rows as there are in it.
update {build}.service_accounts s
set is_revoked = coalesce(n.is_revoked, s.is_revoked), rotated_at = coalesce(n.rotated_at, s.rotated_at)
from jsonb_to_recordset($1::text::jsonb)
  as n(tenant_id uuid, service_account_id uuid, is_revoked boolean, rotated_at timestamptz)
where s.tenant_id = n.tenant_id and s.service_account_id = n.service_account_id
