-- What users typed is forgotten; what is gone already is none the less. $1 tenant, $2 content ids
delete from contents where tenant_id = $1 and content_id = any ($2)
