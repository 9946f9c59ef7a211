-- More failures than are kept, all of a minute ago. $1 account key, $2 address key
insert into sign_in_attempts (account_key, address_key, failures)
select $1, $2, array_agg(now() - interval '1 minute') from generate_series(1, 1500)
