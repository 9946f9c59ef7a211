-- Everything that would rewrite the log, one attempt after the other: each must be refused to every role of ours.
update events set payload = payload;
delete from events;
truncate events;
update event_tags set tag = tag;
delete from event_tags;
truncate event_tags;
update command_log set outcome = outcome;
delete from command_log;
truncate command_log;
update ledgers set position = position - 1;
delete from ledgers;
truncate ledgers;
truncate ledgers, events, event_tags, command_log, contents;
