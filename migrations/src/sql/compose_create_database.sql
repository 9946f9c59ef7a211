-- The statement that creates a database, its names quoted by the server.
-- $1 name, $2 template or null for an empty one, $3 owner
select format(
         'create database %I owner %I template %I',
         $1::text,
         $3::text,
         coalesce($2::text, 'template0')
       )
