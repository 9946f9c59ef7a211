//! What an append does to jobs.

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::JobLease;
use crate::SideRow;

/// Work to be done later.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Names it; drawn by the caller, so that asking twice is asking once.
    pub job_id: Uuid,
    /// Among which work.
    pub queue: String,
    /// What is to be done.
    pub kind: String,
    /// Unique among unfinished work of the queue and organization: enqueuing it again adds nothing, and what is being
    /// worked on is done once more afterwards.
    pub key: Option<String>,
    /// With what: ids, never content. At most [`NewJob::PAYLOAD_BYTES_MAX`].
    pub payload: Value,
    /// The lower, the sooner.
    pub priority: i16,
    /// When it is due; absent for at once.
    pub run_at: Option<Timestamp>,
    /// Attempts before it is a dead letter; 1 for no second one.
    pub attempts_max: i32,
}

impl NewJob {
    /// Largest payload, in bytes.
    pub const PAYLOAD_BYTES_MAX: usize = 4 * 1024;

    /// What is wrong with it, if anything.
    pub(crate) fn malformed(&self) -> Option<&'static str> {
        if self.attempts_max < 1 {
            Some("a job without an attempt")
        } else if self.payload.to_string().len() > Self::PAYLOAD_BYTES_MAX {
            Some("a job's payload over its limit")
        } else {
            None
        }
    }

    /// Parameters of `enqueue_job.sql` between the tenant and the time.
    pub(crate) fn params(&self) -> [&(dyn ToSql + Sync); 8] {
        [
            &self.job_id,
            &self.queue,
            &self.kind,
            &self.key,
            &self.payload,
            &self.priority,
            &self.run_at,
            &self.attempts_max,
        ]
    }
}

/// A change of a job in the transaction of an append's events.
#[derive(Clone, Debug, PartialEq)]
pub enum JobRow {
    /// Work is to be done.
    Enqueue(NewJob),
    /// The append's own work is done. Where the job is not the worker's any more the append is refused alone
    /// ([`crate::AppendError::JobFenced`]).
    End {
        /// Shows whose it is; of the append's organization.
        lease: JobLease,
        /// How.
        end: JobEnd,
    },
}

impl From<JobRow> for SideRow {
    fn from(row: JobRow) -> Self {
        Self::Job(row)
    }
}

/// How a worker is done with a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// It is over, unless it was enqueued once more in the meantime: then it waits again.
    Completed,
    /// An attempt is spent.
    Failed {
        /// Why; a code, never content.
        error_code: String,
        /// When the next attempt is due, if one is left ([`super::Backoff`]); absent where none would help.
        retry_at: Option<Timestamp>,
    },
    /// It waits, and no attempt is spent.
    Postponed {
        /// Until when.
        until: Timestamp,
    },
}

/// Parameters `$6` to `$8` of `end_job.sql`.
pub(crate) fn end_params(end: &JobEnd) -> (&'static str, Option<&str>, Option<Timestamp>) {
    match end {
        JobEnd::Completed => ("completed", None, None),
        JobEnd::Failed {
            error_code,
            retry_at,
        } => ("failed", Some(error_code), *retry_at),
        JobEnd::Postponed { until } => ("postponed", None, Some(*until)),
    }
}
