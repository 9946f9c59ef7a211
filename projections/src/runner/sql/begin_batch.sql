-- Order: rows and checkpoint are one transaction, so losing both in a crash of the server only repeats work; the
-- events behind them were flushed before they could be read. A flip commits synchronously and thereby all before it.
begin;
set local synchronous_commit = off
