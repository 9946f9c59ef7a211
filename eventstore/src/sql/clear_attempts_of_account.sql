-- Forgets the failures to sign in to an account, from wherever. $1 account key.
delete from sign_in_attempts where account_key = $1
