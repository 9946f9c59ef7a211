-- Forgets the edges that extensions declared. $1 ledgers, $2 names of the declaring extensions.
delete from {build}.dependents d
using unnest($1::uuid[], $2::text[]) as gone(tenant_id, dependent)
where d.tenant_id = gone.tenant_id and d.dependent = gone.dependent
