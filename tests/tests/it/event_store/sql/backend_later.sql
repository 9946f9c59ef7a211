-- Which backend answers, after a long time.
select pg_backend_pid() from pg_sleep(60)
