-- Whether a database exists.
-- $1 name
select exists (select from pg_catalog.pg_database where datname = $1::text)
