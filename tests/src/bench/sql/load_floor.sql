select wire_name, payload from events where tenant_id = $1 and stream = $2 order by revision
