insert into floor_models.entries
select t, p, q, r, i, w, a, z, s::jsonb
from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],
            $9::text[]) as x (t, p, q, r, i, w, a, z, s)
