-- Forgets whoever has not failed within the window. $1 window in seconds. Returns how many.
-- Isolation: READ COMMITTED: a row that has one more failure by now is looked at again and stays.
with gone as (
  delete from sign_in_attempts
  where failures[cardinality(failures)] <= clock_timestamp() - make_interval(secs => $1::bigint)
  returning account_key
)
select count(*) from gone
