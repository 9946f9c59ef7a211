-- The command of event 3 had another outcome. As superuser, past the triggers.
update command_log set outcome = 'DENIED' where first_position <= 3 and last_position >= 3 and tenant_id <> '00000000-0000-0000-0000-000000000000';
