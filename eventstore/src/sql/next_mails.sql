-- The mails that have waited longest and that nobody has taken; they are the caller's for a minute. $1 how many
-- Isolation: rows that somebody else is taking are skipped, so that no two are given the same mail.
with next as (
  select mail_id from mails
  where taken_until is null or taken_until <= now()
  order by created_at, mail_id
  limit $1
  for update skip locked
)
update mails m
set taken_until = now() + interval '1 minute'
from next
where m.mail_id = next.mail_id
returning m.mail_id, m.tenant_id, m.user_id, m.recipient, m.subject, m.body, m.created_at, m.recipient_key
