-- A secret is on its way to a mailbox.
-- $1 hash, $2 purpose, $3 tenant, $4 user, $5 invitation, $6 when, $7 expires at
insert into challenges (challenge_hash, purpose, tenant_id, user_id, invitation_id, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
