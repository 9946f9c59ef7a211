-- Somebody signed in: what failed before is forgotten. $1 account key, $2 address key
delete from sign_in_attempts where account_key = $1 and address_key = $2
