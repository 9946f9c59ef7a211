-- The head of a run, alone in the first row, then the frames after a cursor, in order: one snapshot, so there are frames
-- up to the head. $1 tenant, $2 run, $3 epoch and $4 seq of the cursor, $5 frames at most, $6 bytes after which no further
-- frame is sent. The sum of all is asked first: where frames are small, as nearly always, none has to be counted by itself.
select array[h.epoch, h.last_seq, h.segment, h.lease_epoch, h.sealed_seq, h.trimmed_seq] as head,
       null::bigint as seq, null::integer as segment, null::smallint as channel, null::timestamptz as recorded_at, null::bytea as data
from run_heads h
where h.tenant_id = $1 and h.run_id = $2
union all (
  select null, seq, segment, channel, recorded_at, data
  from run_frames
  where tenant_id = $1 and run_id = $2 and epoch = $3 and seq > $4 and seq <= (
    select case
      when sum(octet_length(page.data)) <= $6 then max(page.seq)
      else (
        select max(counted.seq)
        from (
          select seq, sum(octet_length(data)) over (order by seq rows unbounded preceding) - octet_length(data) as bytes_before
          from run_frames
          where tenant_id = $1 and run_id = $2 and epoch = $3 and seq > $4
          order by seq
          limit $5
        ) as counted
        where counted.bytes_before < $6
      )
    end
    from (
      select seq, data from run_frames
      where tenant_id = $1 and run_id = $2 and epoch = $3 and seq > $4
      order by seq
      limit $5
    ) as page
  )
  order by seq
  limit $5
)
