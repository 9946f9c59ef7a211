-- A mailed secret works no more. $1 hash
delete from challenges where challenge_hash = $1
