-- No number at all, as no migration has.
update refinery_schema_history set checksum = 'none' where version = 2
