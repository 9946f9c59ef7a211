-- Order: the transaction holds the live build's row while the rebuilt one catches up with it; it must outlast that.
begin;
set local lock_timeout = '3s';
set local idle_in_transaction_session_timeout = '60s'
