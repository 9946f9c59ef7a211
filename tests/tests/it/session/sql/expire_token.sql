-- A token ended a second ago. $1 token
update tokens set expires_at = now() - interval '1 second' where token_id = $1
