-- Rows of each ledger in the tables that the histories of these tests leave empty.
insert into projection_parked (tenant_id, name, build, position, stream, state, reason)
select tenant_id, 'audit_events', 0, 1, decode(repeat('00', 16), 'hex'), 'parked', 'for a test' from ledgers;
insert into event_tags (tenant_id, tag, position) select tenant_id, 'for:a-test', 1 from ledgers
