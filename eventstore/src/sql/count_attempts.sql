-- Failures to sign in within the window. $1 account key, $2 address key, $3 window in seconds
select count(*)
from sign_in_attempts as held
cross join lateral unnest(held.failures) as failure (at)
where held.account_key = $1 and held.address_key = $2
  and failure.at > clock_timestamp() - make_interval(secs => $3::bigint)
