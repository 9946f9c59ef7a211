-- Every connection of an append lane to this database is lost.
select count(pg_terminate_backend(pid)) from pg_stat_activity
where application_name = 'cinatra_lane' and datname = current_database()
