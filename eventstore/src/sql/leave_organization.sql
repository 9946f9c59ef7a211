-- A person acts in an organization no more: their sessions have no active one, their tokens for it are revoked.
-- $1 user, $2 organization, $3 when
with left_behind as (
  update sessions set organization_id = null, bypass_reason = null where user_id = $1 and organization_id = $2
)
update tokens set revoked_at = $3 where user_id = $1 and tenant_id = $2 and revoked_at is null
