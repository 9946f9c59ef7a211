-- Adds service accounts. $1 rows. One that is there already is a history that cannot be: unique violation.
insert into {build}.service_accounts (
  tenant_id, service_account_id, name_id, scopes, is_revoked, created_by, created_at, rotated_at)
select n.tenant_id, n.service_account_id, n.name_id, n.scopes, n.is_revoked, n.created_by, n.created_at, n.rotated_at
from jsonb_to_recordset($1::text::jsonb) as n(
  tenant_id uuid, service_account_id uuid, name_id uuid, scopes text[], is_revoked boolean, created_by text,
  created_at timestamptz, rotated_at timestamptz)
