-- Gives our leases back. $1 owner. The rows stay: an epoch never repeats.
update projection_leases set expires_at = '-infinity' where owner = $1
