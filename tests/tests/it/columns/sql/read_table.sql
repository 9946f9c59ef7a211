-- Every column of every row as text, bytes as hexadecimal digits.
select to_jsonb(t)::text from {table} t
