grant usage on schema {build} to cinatra_reader;
grant select on all tables in schema {build} to cinatra_reader
