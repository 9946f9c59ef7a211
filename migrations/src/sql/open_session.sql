-- Settings of a migrating session, and who logged in. A statement may take long, the wait for the lock may not.
-- $1 longest wait for a lock
select session_user::text,
       set_config('lock_timeout', $1::text, false),
       set_config('statement_timeout', '0', false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       set_config('search_path', 'public', false),
       set_config('client_min_messages', 'warning', false)
