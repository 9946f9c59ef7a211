-- As whom this session acts, as whom it logged in, whether either of them is a superuser, and whether the login is, or
-- may become, somebody whom row-level security does not bind.
select current_user::text,
       session_user::text,
       exists (
         select from pg_catalog.pg_roles where rolname in (current_user, session_user) and rolsuper
       ),
       exists (
         select from pg_catalog.pg_roles where rolbypassrls and pg_has_role(session_user, oid, 'member')
       )
