-- The applied migrations, oldest first.
select version, name, checksum
  from public.refinery_schema_history
 order by version
