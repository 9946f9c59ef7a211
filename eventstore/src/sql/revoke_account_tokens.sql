-- No secret of a service account works any more, replaced ones included. $1 tenant, $2 service account, $3 when
update tokens set revoked_at = $3 where tenant_id = $1 and service_account_id = $2 and revoked_at is null
