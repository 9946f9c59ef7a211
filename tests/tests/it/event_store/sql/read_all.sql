-- Everything of a table.
select count(*) from {table}
