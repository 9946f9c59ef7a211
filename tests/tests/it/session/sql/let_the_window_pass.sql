-- Whatever failed did so a quarter of an hour earlier.
update sign_in_attempts set failures = (
  select array_agg(failure.at - interval '15 minutes' order by failure.at) from unnest(failures) as failure (at)
)
