-- Frames of a run at places that its locked head gave them; the head is moved by put_run_head.sql.
-- $1 tenant, $2 run, $3 epoch, $4 seq before the first, $5 segment, $6 channels, $7 data, $8 when
insert into run_frames (tenant_id, run_id, epoch, seq, segment, channel, recorded_at, data)
select $1, $2, $3, $4::bigint + f.place, $5, f.channel, $8, f.data
from unnest($6::smallint[], $7::bytea[]) with ordinality as f (channel, data, place)
