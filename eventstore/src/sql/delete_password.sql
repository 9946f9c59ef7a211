-- Nobody signs in with a password as this person. $1 user
delete from passwords where user_id = $1
