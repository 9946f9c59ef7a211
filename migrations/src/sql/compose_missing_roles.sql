-- Statements that create those of our roles which do not exist yet. They inherit: as owner of the database, the owner
-- role has its rights on the schema public through a role of the server.
-- $1 role names
select format('create role %I nologin', wanted.name)
  from unnest($1::text[]) with ordinality as wanted (name, nth)
 where not exists (select from pg_catalog.pg_roles where rolname = wanted.name)
 order by wanted.nth
