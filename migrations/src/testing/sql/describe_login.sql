-- How the database sorts, and what its login may do by itself.
select concat_ws(' ', datcollate, rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolinherit)
  from pg_catalog.pg_database
 cross join pg_catalog.pg_roles
 where datname = current_database()
   and rolname = session_user
