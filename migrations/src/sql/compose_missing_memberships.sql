-- Statements that let a login take on our roles. Since major 16 a member may lack the right to SET ROLE.
-- $1 role names, $2 login
select format('grant %I to %I', wanted.name, login.rolname)
  from unnest($1::text[]) with ordinality as wanted (name, nth)
  join pg_catalog.pg_roles as login on login.rolname = $2::text
 where not pg_has_role(
         login.rolname,
         wanted.name,
         case when current_setting('server_version_num')::integer >= 160000 then 'SET' else 'MEMBER' end
       )
 order by wanted.nth
