-- What users typed, by id; what was erased does not come back. $1 tenant, $2 content ids
select content_id, bytes from contents where tenant_id = $1 and content_id = any ($2)
