-- Keeps our leases, and takes those that are free: expired, or of a connection that is gone. $1 names, $2 builds, $3 owner.
-- Taking one raises its epoch.
insert into projection_leases (name, build, shard, owner, backend, epoch, expires_at)
select w.name, w.build, s.shard, $3, pg_backend_pid(), 1, clock_timestamp() + interval '2 seconds'
from unnest($1::text[], $2::integer[]) as w(name, build)
cross join generate_series(0, 3) as s(shard)
on conflict (name, build, shard) do update
set owner = excluded.owner, backend = excluded.backend, expires_at = excluded.expires_at,
    epoch = projection_leases.epoch + case when projection_leases.owner = excluded.owner then 0 else 1 end
where projection_leases.owner = excluded.owner
   or projection_leases.expires_at < clock_timestamp()
   or not exists (select from pg_stat_activity a where a.pid = projection_leases.backend)
