-- Every mailed secret ended a second ago.
update challenges set expires_at = now() - interval '1 second'
