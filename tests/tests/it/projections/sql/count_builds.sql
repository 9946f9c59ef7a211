select state, count(*) from projection_builds where name = $1 group by state order by state
