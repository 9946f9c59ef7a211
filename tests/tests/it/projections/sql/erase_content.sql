-- What an erasure takes away from beside the ledger. $1 ledger, $2 contents.
delete from contents where tenant_id = $1 and content_id = any($2)
