-- Leases on a build that a living connection holds. $1 name, $2 build.
select count(*) from projection_leases l join pg_stat_activity a on a.pid = l.backend
where l.name = $1 and l.build = $2 and l.expires_at > clock_timestamp()
