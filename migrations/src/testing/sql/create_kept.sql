-- What a test looks for after a crash or a restart.
create table kept ()
