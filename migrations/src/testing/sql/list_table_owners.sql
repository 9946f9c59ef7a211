-- Owners of the tables in the schema public.
select string_agg(distinct tableowner::text, ' ')
  from pg_catalog.pg_tables
 where schemaname = 'public'
