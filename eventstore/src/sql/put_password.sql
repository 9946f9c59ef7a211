-- A password takes the place of the former one. $1 user, $2 PHC string, $3 when
insert into passwords (user_id, phc, set_at) values ($1, $2, $3)
on conflict (user_id) do update set phc = excluded.phc, set_at = excluded.set_at
