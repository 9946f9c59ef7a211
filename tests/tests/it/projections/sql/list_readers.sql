-- Connections in the reading role, and whether each is outside any transaction.
select pid, state = 'idle' from pg_stat_activity
where datname = current_database() and application_name = 'cinatra_reader'
