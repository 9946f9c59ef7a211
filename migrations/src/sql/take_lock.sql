-- One migrating session per database; released when the session ends.
-- $1 key
select pg_advisory_lock($1::bigint)
