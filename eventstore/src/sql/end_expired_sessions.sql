-- Forgets sessions that have expired. Returns how many.
with gone as (delete from sessions where expires_at <= now() returning session_id)
select count(*) from gone
