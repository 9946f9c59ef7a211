-- Whoever took a mail has had it for a minute.
update mails set taken_until = taken_until - interval '1 minute'
