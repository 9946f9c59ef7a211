-- One more failure to sign in; older ones than the window are forgotten, the last thousand kept.
-- $1 account key, $2 address key, $3 window in seconds. Returns how many there are in the window, this one included.
-- Isolation: the row is locked before its failures are read, so that of many at once each counts those before it.
insert into sign_in_attempts as held (account_key, address_key, failures)
values ($1, $2, array[clock_timestamp()])
on conflict (account_key, address_key) do update
set failures = (
  select array_agg(last.at order by last.at)
  from (
    select failure.at
    from unnest(held.failures || clock_timestamp()) as failure (at)
    where failure.at > clock_timestamp() - make_interval(secs => $3::bigint)
    order by failure.at desc
    limit 1000
  ) as last
)
returning cardinality(held.failures)::bigint
