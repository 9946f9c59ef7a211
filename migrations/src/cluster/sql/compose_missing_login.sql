-- The statement that creates the login that serves, unless it exists. It inherits nothing: it acts as one of our
-- roles or not at all.
-- $1 name, $2 password
select format('create role %I login noinherit password %L', $1::text, $2::text)
 where not exists (select from pg_catalog.pg_roles where rolname = $1::text)
