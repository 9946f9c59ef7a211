-- Takes or keeps the right to rebuild a read model; no row when somebody else is at it. $1 name, $2 owner.
insert into projection_leases (name, build, shard, owner, backend, epoch, expires_at)
values ($1, 0, -1, $2, pg_backend_pid(), 1, clock_timestamp() + interval '30 seconds')
on conflict (name, build, shard) do update
set owner = excluded.owner, backend = excluded.backend, expires_at = excluded.expires_at,
    epoch = projection_leases.epoch + case when projection_leases.owner = excluded.owner then 0 else 1 end
where projection_leases.owner = excluded.owner
   or projection_leases.expires_at < clock_timestamp()
   or not exists (select from pg_stat_activity a where a.pid = projection_leases.backend)
returning epoch
