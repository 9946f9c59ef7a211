select to_jsonb(r)::text from {table} r order by 1
