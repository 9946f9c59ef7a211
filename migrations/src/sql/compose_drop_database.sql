-- The statement that drops a database with everybody in it, its name quoted by the server.
-- $1 name
select format('drop database if exists %I with (force)', $1::text)
