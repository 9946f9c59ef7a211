-- Forgets a value. $1 tenant, $2 name
delete from secrets where tenant_id = $1 and name = $2
