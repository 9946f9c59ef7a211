begin;
set local lock_timeout = '10s';
set local statement_timeout = '60s'
