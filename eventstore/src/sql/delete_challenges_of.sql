-- Secrets that were mailed to a person work no more. $1 user, $2 purpose, null for all
delete from challenges where user_id = $1 and ($2::text is null or purpose = $2)
