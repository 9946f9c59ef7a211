-- Cuts off event 6 of six with everything that speaks of it, and moves the head back. As superuser, past the triggers.
delete from events where position = 6;
delete from event_tags where position = 6;
delete from command_log where last_position = 6;
update ledgers l set position = 5, hash = e.hash from events e where e.tenant_id = l.tenant_id and e.position = 5;
