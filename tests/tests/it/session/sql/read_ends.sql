-- When secrets that were replaced end, the first one first.
select ends_at from tokens where ends_at is not null order by ends_at
