-- A person's password as it is kept. $1 user
select phc, set_at from passwords where user_id = $1
