-- How many failures to sign in are counted, per account and address.
select cardinality(failures) from sign_in_attempts order by account_key
