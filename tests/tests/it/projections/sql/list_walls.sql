-- Everything of ours that has rows: its name, whether they have a tenant, whether row-level security is enabled and
-- forced, whether the reading role may select them, and the policies.
select format('%I.%I', n.nspname, c.relname),
       exists (select from pg_attribute a
               where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped),
       c.relrowsecurity and c.relforcerowsecurity,
       has_schema_privilege('cinatra_reader', n.oid, 'usage') and has_table_privilege('cinatra_reader', c.oid, 'select'),
       array(select concat_ws(' ', p.policyname, p.permissive, array_to_string(p.roles, ','), p.cmd, p.qual, p.with_check)
             from pg_policies p
             where p.schemaname = n.nspname and p.tablename = c.relname
             order by p.policyname)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 1
