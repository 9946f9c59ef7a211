-- Order: readers may be in the tables of a build that has just served. Whoever drops it gives up before the server looks
-- for a deadlock (1 s), so that no reader is the victim.
begin;
set local lock_timeout = '500ms';
set local statement_timeout = '60s'
