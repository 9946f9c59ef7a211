-- Forgets mailed secrets that have expired. Returns how many.
with gone as (delete from challenges where expires_at <= now() returning challenge_hash)
select count(*) from gone
