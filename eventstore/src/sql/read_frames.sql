-- The head of a run and its frames after a cursor, in order: one snapshot, so there are frames up to the head. One row,
-- a column of which is a column of all frames: a row for each costs both sides more than the frames do.
-- $1 tenant, $2 run, $3 epoch and $4 seq of the cursor, $5 frames at most, $6 bytes after which no further frame is sent.
-- A cursor of another epoch gets the head only; so does one at the head, or at a run without frames.
select h.tenant_id, h.run_id, h.epoch, h.last_seq, h.segment, h.lease_epoch, h.sealed_seq, h.trimmed_seq,
       f.seqs, f.segments, f.channels, f.moments, f.data
from run_heads h
left join lateral (
  select array_agg(m.seq) as seqs, array_agg(m.segment) as segments, array_agg(m.channel) as channels,
         array_agg(m.recorded_at) as moments, array_agg(m.data) as data
  from (
    select p.*, sum(octet_length(p.data)) over (order by p.seq rows unbounded preceding) - octet_length(p.data) as bytes_before
    from (
      select seq, segment, channel, recorded_at, data from run_frames
      where tenant_id = $1 and run_id = $2 and epoch = $3 and seq > $4
      order by seq
      limit $5
    ) as p
    order by p.seq
  ) as m
  where m.bytes_before < $6
) as f on h.epoch = $3
where h.tenant_id = $1 and h.run_id = $2
