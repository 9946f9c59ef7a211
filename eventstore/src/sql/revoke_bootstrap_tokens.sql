-- The credential of the first start works no more; the row stays, so that no other first one is made.
-- Returns how many there were.
with revoked as (
  update tokens set revoked_at = now() where kind = 'bootstrap' and revoked_at is null returning token_id
)
select count(*) from revoked
