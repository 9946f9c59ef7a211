-- Somebody else did event 3. As superuser, past the triggers.
update events set actor = 'user:mallory' where position = 3 and tenant_id <> '00000000-0000-0000-0000-000000000000';
