insert into floor_models.extensions
select t, p, r::jsonb, s, q from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[]) as x (t, p, r, s, q)
on conflict (tenant_id, package_name)
do update set release = excluded.release, status = excluded.status, position = excluded.position
