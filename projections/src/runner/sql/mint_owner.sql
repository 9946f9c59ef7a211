-- A name for this worker.
select gen_random_uuid()
