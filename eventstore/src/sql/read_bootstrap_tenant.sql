-- The organization that the first credential of the database was made for; no row where there never was one.
select tenant_id from tokens where kind = 'bootstrap' order by created_at limit 1
