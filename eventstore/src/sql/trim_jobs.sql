-- Forgets what is over: of each organization and queue the newest stay. $1 completed and cancelled, $2 dead letters
-- Returns how many are gone.
with old as (
  select tenant_id, job_id
  from (select tenant_id, job_id, state,
               row_number() over (partition by tenant_id, queue, state = 'failed' order by finished_at desc, job_id desc) as place
        from jobs
        where finished_at is not null) as finished
  where place > case when state = 'failed' then $2::bigint else $1::bigint end
), gone as (
  delete from jobs j using old where j.tenant_id = old.tenant_id and j.job_id = old.job_id returning j.job_id
)
select count(*) from gone
