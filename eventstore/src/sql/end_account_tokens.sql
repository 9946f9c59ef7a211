-- Secrets of a service account work until then at most; one that was to end earlier still does.
-- $1 tenant, $2 service account, $3 ends at
update tokens set ends_at = least(ends_at, $3) where tenant_id = $1 and service_account_id = $2 and revoked_at is null
