-- What an administrator runs in this database when the login may not: missing roles, memberships and rights.
-- $1 role names, $2 login, $3 owner, $4 ledger
select format('create role %I nologin', wanted.name)
  from unnest($1::text[]) as wanted (name)
 where not exists (select from pg_catalog.pg_roles where rolname = wanted.name)
union all
select format('grant %I to %I', wanted.name, $2::text)
  from unnest($1::text[]) as wanted (name)
union all
select format('grant create, temporary on database %I to %I, %I', current_database(), $3::text, $4::text)
union all
select format('grant create, usage on schema public to %I', $3::text)
