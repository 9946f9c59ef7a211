//! An operator's part: dead letters, what is over, how much there is.

use cinatra_domain::kernel::TenantId;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{Job, JobState, job_of};
use crate::{EventStore, ReadError, sql};

/// How many jobs that are over stay, of each organization and queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobsKept {
    /// Completed and cancelled.
    pub completed: i64,
    /// Dead letters.
    pub failed: i64,
}

impl Default for JobsKept {
    fn default() -> Self {
        Self {
            completed: 200,
            failed: 500,
        }
    }
}

/// Where a dead letter stands in the list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// When it was given up.
    pub finished_at: Timestamp,
    /// Which.
    pub job_id: Uuid,
}

/// How much there is to do in a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobDepth {
    /// Due, and nobody has it.
    pub waiting: i64,
    /// Put off.
    pub later: i64,
    /// In hand.
    pub active: i64,
    /// Since when the oldest that is due waits.
    pub oldest: Option<Timestamp>,
}

impl EventStore {
    /// One job of an organization; `None` when there is none, or none any more.
    pub async fn job(&self, tenant: TenantId, job_id: Uuid) -> Result<Option<Job>, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&tenant.uuid(), &job_id];
        Ok(self.ask(sql::READ_JOB, &params).await?.first().map(job_of))
    }

    /// Dead letters of an organization after one of them, the latest first. What has to follow from one is an append whose command id
    /// is made of the job's id, so that it follows once however often the list is read.
    pub async fn dead_jobs(
        &self,
        tenant: TenantId,
        queue: &str,
        after: Option<DeadLetter>,
        limit: i64,
    ) -> Result<Vec<Job>, ReadError> {
        let (ended, last) = after.map(|it| (it.finished_at, it.job_id)).unzip();
        let params: [&(dyn ToSql + Sync); 5] = [&tenant.uuid(), &queue, &ended, &last, &limit];
        let rows = self.ask(sql::LIST_DEAD_JOBS, &params).await?;
        Ok(rows.iter().map(job_of).collect())
    }

    /// Tries a dead letter again from the beginning; false when it is none, or its key is taken by now.
    pub async fn retry_job(&self, tenant: TenantId, job_id: Uuid) -> Result<bool, ReadError> {
        let params: [&(dyn ToSql + Sync); 3] = [&tenant.uuid(), &job_id, &self.clock().now()];
        let is_retried = !self.ask(sql::RETRY_JOB, &params).await?.is_empty();
        if is_retried {
            self.ring_jobs();
        }
        Ok(is_retried)
    }

    /// Work is no longer wanted. What waits, or is a dead letter, is cancelled; whoever works on it hears it with the
    /// next [`Self::renew_job`]. `None` when there was nothing to cancel.
    pub async fn cancel_job(
        &self,
        tenant: TenantId,
        job_id: Uuid,
    ) -> Result<Option<JobState>, ReadError> {
        let params: [&(dyn ToSql + Sync); 3] = [&tenant.uuid(), &job_id, &self.clock().now()];
        let rows = self.ask(sql::CANCEL_JOB, &params).await?;
        Ok(rows.first().map(|row| JobState::of(row.get(0))))
    }

    /// Forgets what is over but for the newest; answers how many.
    pub async fn trim_jobs(&self, kept: JobsKept) -> Result<u64, ReadError> {
        self.ask_count(sql::TRIM_JOBS, &[&kept.completed, &kept.failed])
            .await
    }

    /// How much there is to do.
    pub async fn job_depth(&self, queue: &str) -> Result<JobDepth, ReadError> {
        let params: [&(dyn ToSql + Sync); 2] = [&queue, &self.clock().now()];
        let rows = self.ask(sql::COUNT_JOBS, &params).await?;
        Ok(rows.first().map_or_else(JobDepth::default, |row| JobDepth {
            waiting: row.get(0),
            later: row.get(1),
            active: row.get(2),
            oldest: row.get(3),
        }))
    }
}
