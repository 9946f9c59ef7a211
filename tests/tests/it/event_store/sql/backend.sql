-- Which backend answers.
select pg_backend_pid()
