-- A mail waits to be handed over.
-- $1 mail id, $2 tenant, $3 user, $4 recipient key, $5 recipient, $6 subject, $7 body, $8 when
insert into mails (mail_id, tenant_id, user_id, recipient_key, recipient, subject, body, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
