-- What a user typed. $1 tenant, $2 content id.
select bytes from contents where tenant_id = $1 and content_id = $2
