-- Event 3 becomes another fact. As superuser, past the triggers.
update events set wire_name = 'extension.uninstalled.v1' where position = 3 and tenant_id <> '00000000-0000-0000-0000-000000000000';
