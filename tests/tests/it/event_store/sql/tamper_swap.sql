-- Events 3 and 4 happened the other way round. As superuser, past the triggers.
update events set position = 1000000 where position = 3 and tenant_id <> '00000000-0000-0000-0000-000000000000';
update events set position = 3 where position = 4 and tenant_id <> '00000000-0000-0000-0000-000000000000';
update events set position = 4 where position = 1000000 and tenant_id <> '00000000-0000-0000-0000-000000000000';
