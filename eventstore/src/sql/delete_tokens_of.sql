-- A person's credentials are forgotten, with what they called them. $1 user
delete from tokens where user_id = $1
