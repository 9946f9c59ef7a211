-- Order: the snapshot is taken by the next statement and sees one moment of all tables.
begin isolation level repeatable read read only;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = '60s'
