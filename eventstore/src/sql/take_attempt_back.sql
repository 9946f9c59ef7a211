-- What was counted as a failure to sign in was none: the latest is forgotten. $1 account key, $2 address key
-- Isolation: READ COMMITTED: a row that has one more failure by now is looked at again.
with fewer as (
  update sign_in_attempts set failures = trim_array(failures, 1)
  where account_key = $1 and address_key = $2 and cardinality(failures) > 1
)
delete from sign_in_attempts where account_key = $1 and address_key = $2 and cardinality(failures) = 1
