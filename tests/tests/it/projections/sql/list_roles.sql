-- Who this session's login is or may become, and whether row-level security binds them.
select rolname::text, not (rolsuper or rolbypassrls) from pg_roles where pg_has_role(session_user, oid, 'member')
