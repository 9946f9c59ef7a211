//! A worker's part: claim, renew, end, hand over.

use cinatra_domain::kernel::TenantId;
use tokio::sync::watch;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{ClaimedJob, JOB_LEASE, JobEnd, JobLease, JobState, NewJob, claimed_of, end_params};
use crate::question::{ask, unwritten};
use crate::{AppendError, EventStore, ReadError, sql};

/// What a worker asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobClaim<'a> {
    /// Among which work.
    pub queue: &'a str,
    /// Which worker. Of two processes that are alive, each has another.
    pub owner: Uuid,
    /// How many at most.
    pub limit: i64,
    /// How many of one organization may be in hand, of all workers together. Workers that claim at the same moment
    /// may exceed it by what they take.
    pub in_hand_max: i64,
}

impl EventStore {
    /// Rings after this process may have made work due. Polling remains the guarantee: work becomes due by itself, and
    /// other nodes enqueue too.
    pub fn jobs_doorbell(&self) -> watch::Receiver<u64> {
        self.jobs_bell().subscribe()
    }

    pub(super) fn ring_jobs(&self) {
        self.jobs_bell()
            .send_modify(|rings| *rings = rings.wrapping_add(1));
    }

    /// Enqueues work that no event is the reason of.
    pub async fn enqueue_job(&self, tenant: TenantId, job: &NewJob) -> Result<(), AppendError> {
        if let Some(reason) = job.malformed() {
            return Err(AppendError::Malformed(reason));
        }
        let (tenant, now) = (tenant.uuid(), self.clock().now());
        let [
            id,
            queue,
            kind,
            key,
            payload,
            priority,
            run_at,
            attempts_max,
        ] = job.params();
        let params: [&(dyn ToSql + Sync); 10] = [
            &tenant,
            id,
            queue,
            kind,
            key,
            payload,
            priority,
            run_at,
            attempts_max,
            &now,
        ];
        let enqueued = ask(self.unscoped(), sql::ENQUEUE_JOB, &params).await;
        enqueued.map_err(unwritten)?;
        self.ring_jobs();
        Ok(())
    }

    /// Leases work that is due for [`JOB_LEASE`]: the organization with the least in hand first, within one by
    /// priority, time and id. Fewer may come than there are, when others ask at the same moment.
    pub async fn claim_jobs(&self, claim: JobClaim<'_>) -> Result<Vec<ClaimedJob>, ReadError> {
        let now = self.clock().now();
        let until = now + JOB_LEASE;
        let params: [&(dyn ToSql + Sync); 6] = [
            &claim.queue,
            &claim.owner,
            &now,
            &until,
            &claim.limit,
            &claim.in_hand_max,
        ];
        let rows = self.ask(sql::CLAIM_JOBS, &params).await?;
        Ok(rows.iter().map(claimed_of).collect())
    }

    /// Lets a lease last for another [`JOB_LEASE`]; answers whether the work is to be given up. Once it is
    /// [`AppendError::JobFenced`], it is another's, and nothing that is done for it counts any more.
    pub async fn renew_job(&self, lease: &JobLease) -> Result<bool, AppendError> {
        let until = self.clock().now() + JOB_LEASE;
        let tenant = lease.tenant.uuid();
        let params: [&(dyn ToSql + Sync); 5] =
            [&tenant, &lease.job_id, &lease.owner, &lease.epoch, &until];
        let rows = ask(self.unscoped(), sql::RENEW_JOB, &params).await;
        let rows = rows.map_err(unwritten)?;
        let job_id = lease.job_id;
        let renewed = rows.first().ok_or(AppendError::JobFenced { job_id })?;
        Ok(renewed.get(0))
    }

    /// Ends a job that is still its worker's, with no event; answers where it is now. Asked again after
    /// [`AppendError::OutcomeUnknown`] it is [`AppendError::JobFenced`] when it was done.
    pub async fn end_job(&self, lease: &JobLease, end: &JobEnd) -> Result<JobState, AppendError> {
        let (tenant, now) = (lease.tenant.uuid(), self.clock().now());
        let (how, error_code, again) = end_params(end);
        let params: [&(dyn ToSql + Sync); 8] = [
            &tenant,
            &lease.job_id,
            &lease.owner,
            &lease.epoch,
            &now,
            &how,
            &error_code,
            &again,
        ];
        let rows = ask(self.unscoped(), sql::END_JOB, &params).await;
        let rows = rows.map_err(unwritten)?;
        let job_id = lease.job_id;
        let ended = rows.first().ok_or(AppendError::JobFenced { job_id })?;
        let state = JobState::of(ended.get(0));
        if state == JobState::Waiting {
            self.ring_jobs();
        }
        Ok(state)
    }

    /// Takes work back whose lease has run out, with an attempt spent, and answers where it is now: waiting, even where no
    /// attempt is left ([`ClaimedJob::is_spent`]), or cancelled. Every node may do so at any time.
    pub async fn expire_jobs(&self) -> Result<Vec<(TenantId, Uuid, JobState)>, ReadError> {
        self.expire(None).await
    }

    /// The same, and takes back at once what this worker holds, whose process is known to be dead.
    pub async fn take_jobs_back(
        &self,
        dead: Uuid,
    ) -> Result<Vec<(TenantId, Uuid, JobState)>, ReadError> {
        self.expire(Some(dead)).await
    }

    async fn expire(
        &self,
        dead: Option<Uuid>,
    ) -> Result<Vec<(TenantId, Uuid, JobState)>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&self.clock().now(), &dead];
        let rows = self.ask(sql::EXPIRE_JOBS, &params).await?;
        if !rows.is_empty() {
            self.ring_jobs();
        }
        let expired = rows.iter().map(|row| {
            let state = JobState::of(row.get(2));
            (TenantId::new(row.get(0)), row.get(1), state)
        });
        Ok(expired.collect())
    }

    /// Hands over at once whatever a worker holds, when it stops: no attempt is spent. Answers how many.
    pub async fn release_jobs(&self, owner: Uuid) -> Result<u64, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&owner, &self.clock().now()];
        let released = self.ask_count(sql::RELEASE_JOBS, &params).await?;
        if released > 0 {
            self.ring_jobs();
        }
        Ok(released)
    }
}
