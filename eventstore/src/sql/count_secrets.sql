-- How many secrets a tenant has. $1 tenant
select count(*) from secrets where tenant_id = $1
