-- Frames of a run, with the move of its head, if the head is where the writer believes and its lease is the current one.
-- $1 tenant, $2 run, $3 lease epoch, $4 expected last seq, $5 channels, $6 data, $7 when. Returns the new last seq, or no row.
-- Isolation: the head is compared on its locked version, so of two writers one moves it and the other writes nothing.
with moved as (
  update run_heads set last_seq = last_seq + cardinality($5::smallint[])
  where tenant_id = $1 and run_id = $2 and lease_epoch = $3 and last_seq = $4
  returning tenant_id, run_id, epoch, segment, last_seq
), written as (
  insert into run_frames (tenant_id, run_id, epoch, seq, segment, channel, recorded_at, data)
  select m.tenant_id, m.run_id, m.epoch, $4 + f.place, m.segment, f.channel, $7, f.data
  from moved m
  cross join unnest($5::smallint[], $6::bytea[]) with ordinality as f (channel, data, place)
)
select last_seq from moved
