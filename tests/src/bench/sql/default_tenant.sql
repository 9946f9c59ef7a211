select tenant_id from tokens order by created_at limit 1
