-- What the reading role may do with a table. $1 table
select array(
  select privilege_type::text from information_schema.role_table_grants
  where grantee in ('cinatra_reader', 'PUBLIC') and table_name = $1::text
)
