-- Builds of a read model that nobody keeps up: left by a rebuild that died, replaced, or of a version before that no node
-- runs any more. $1 name, $2 version. While somebody rebuilds, none is; a build of a later version waits for its nodes.
select b.build
from projection_builds b
where b.name = $1 and (b.state <> 'live' or b.version < $2)
  and not exists (
    select from projection_leases l
    where l.name = b.name and (l.build = b.build or l.shard = -1) and l.expires_at > clock_timestamp()
      and exists (select from pg_stat_activity a where a.pid = l.backend)
  )
