-- A secret and the mail that carries it, where no event tells of them: both or neither.
-- $1 hash, $2 purpose, $3 tenant, $4 user, $5 invitation, $6 expires at,
-- $7 mail id, $8 user of the mail, $9 recipient key, $10 recipient, $11 subject, $12 body
with challenge as (
  insert into challenges (challenge_hash, purpose, tenant_id, user_id, invitation_id, expires_at)
  values ($1, $2, $3, $4, $5, $6)
)
insert into mails (mail_id, tenant_id, user_id, recipient_key, recipient, subject, body)
values ($7, $3, $8, $9, $10, $11, $12)
