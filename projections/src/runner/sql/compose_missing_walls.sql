-- What would put every table of every build under row-level security, as statements; none when all are (ADR-0008).
-- A schema may bring a policy `viewer` of its own, where a row is not one organization's alone.
with tables as (
  select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity and c.relforcerowsecurity as is_forced
  from projection_builds b
  join pg_namespace n on n.nspname = 'p_' || b.name || '_' || b.build
  join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
)
select format('alter table %s enable row level security, force row level security', t.name)
from tables t
where not t.is_forced
union all
select format('create policy runner on %s to cinatra_ledger using (true) with check (true)', t.name)
from tables t
where not exists (select from pg_policy p where p.polrelid = t.oid and p.polname = 'runner')
union all
select format(
  'create policy viewer on %s for select to cinatra_reader using (tenant_id = current_setting(''app.tenant'')::uuid)',
  t.name
)
from tables t
where not exists (select from pg_policy p where p.polrelid = t.oid and p.polname = 'viewer')
