-- Archives and restores packages. $1 ledgers, $2 names, $3 statuses. Touches as many rows as there are names.
update {build}.packages k
set status = n.status
from unnest($1::uuid[], $2::text[], $3::text[]) as n(tenant_id, package_name, status)
where k.tenant_id = n.tenant_id and k.package_name = n.package_name
