-- As whom this session acts, as whom it logged in, and whether either of them is a superuser.
select current_user::text,
       session_user::text,
       exists (
         select from pg_catalog.pg_roles where rolname in (current_user, session_user) and rolsuper
       )
