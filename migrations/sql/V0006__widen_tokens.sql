-- Credentials beside the first one: of people, and of service accounts, which act without a person.
-- Whose a credential is decides what it may do; `role` says so for the first one only and is empty for all others.
-- Defaults stay: a node from before this migration inserts the first credential without naming the new columns.
-- Runs as cinatra_owner. Only cinatra_ledger works with them, under the policy of V0004.

alter table tokens
  add column token_id           uuid        not null unique default gen_random_uuid(),
  add column kind               text        not null default 'bootstrap'
                                            check (kind in ('bootstrap', 'personal', 'service')),
  add column user_id            uuid,
  add column service_account_id uuid,
  add column scopes             text[],
  add column label              text,
  add column expires_at         timestamptz,
  add column ends_at            timestamptz,
  add constraint tokens_holder
    check ((kind = 'personal') = (user_id is not null) and (kind = 'service') = (service_account_id is not null));
comment on column tokens.tenant_id is 'The organization it acts in; the system for one that acts in none.';
comment on column tokens.scopes is 'Permissions it is narrowed to; null for no narrowing, empty for none.';
comment on column tokens.label is 'What its owner typed. Personal, so a row of an erased person is deleted, not revoked.';
comment on column tokens.ends_at is 'The secret was replaced and works until then.';

create index tokens_by_user on tokens (user_id) where user_id is not null;
create index tokens_by_service_account on tokens (service_account_id) where service_account_id is not null;

grant delete, update (ends_at) on tokens to cinatra_ledger;
