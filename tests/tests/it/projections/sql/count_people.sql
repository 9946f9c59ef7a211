-- Persons that are seen.
select count(*) from {schema}.people
