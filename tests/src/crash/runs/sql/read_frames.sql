-- What stands in the log of every run, in order. Returns run, place, when it was recorded in microseconds since 1970, data.
select run_id::text, epoch || '-' || seq, (extract(epoch from recorded_at) * 1000000)::bigint, data
from run_frames
order by run_id, seq
