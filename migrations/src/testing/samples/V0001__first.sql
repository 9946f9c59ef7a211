create table first ();
grant select on first to cinatra_reader;
