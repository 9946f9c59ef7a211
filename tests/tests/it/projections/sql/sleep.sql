-- Longer than anybody waits.
select pg_sleep(20)
