-- No credential of a person works any more. $1 user, $2 when
update tokens set revoked_at = $2 where user_id = $1 and revoked_at is null
