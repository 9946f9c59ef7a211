-- Seals that were set.
select count(*) from events where wire_name = 'run.sealed.v1'
