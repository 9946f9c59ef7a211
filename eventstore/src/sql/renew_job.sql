-- The lease lasts longer, if it is still this worker's. Returns whether the work is to be given up.
-- Only what is active has an owner. $1 tenant, $2 job, $3 owner, $4 lease epoch, $5 leased until
update jobs set leased_until = $5
where tenant_id = $1 and job_id = $2 and lease_owner = $3 and lease_epoch = $4
returning cancel_requested
