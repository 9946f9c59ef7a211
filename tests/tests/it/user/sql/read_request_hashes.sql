-- What is kept of every request, for retries.
select request_hash from command_log
