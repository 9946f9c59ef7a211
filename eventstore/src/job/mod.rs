//! Work for later: enqueued with the fact that is its reason, done by whichever worker is free.
//!
//! A worker leases what it claims, and every end of a job is fenced by lease owner and epoch, alone or together with
//! the events that the work led to ([`JobRow`]). So work may be begun twice, after a lease ran out, but of two workers
//! one ends it. Times are the node's clock (ADR-0012).

mod backoff;
mod keep;
mod lease;
mod row;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use cinatra_domain::kernel::TenantId;

pub use self::backoff::Backoff;
pub use self::keep::{DeadLetter, JobDepth, JobsKept};
pub use self::lease::JobClaim;
pub(crate) use self::row::end_params;
pub use self::row::{JobEnd, JobRow, NewJob};

/// How long a claim lasts unless it is renewed; a third of it is a good pace for renewing.
pub const JOB_LEASE: SignedDuration = SignedDuration::from_secs(30);

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// For a worker, or for its time.
    Waiting,
    /// A worker has it.
    Active,
    /// Done.
    Completed,
    /// A dead letter: no attempt is left, or none would help.
    Failed,
    /// No longer wanted.
    Cancelled,
}

impl JobState {
    /// As stored; what is stored otherwise cannot be worked on.
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "waiting" => Self::Waiting,
            "active" => Self::Active,
            "completed" => Self::Completed,
            "cancelled" => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

/// By what a worker shows that a job is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobLease {
    /// Whose job.
    pub tenant: TenantId,
    /// Which.
    pub job_id: Uuid,
    /// Which worker.
    pub owner: Uuid,
    /// Raised with each claim.
    pub epoch: i64,
}

/// A job that its caller has leased.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimedJob {
    /// Names it when it ends.
    pub lease: JobLease,
    /// Among which work.
    pub queue: String,
    /// What is to be done.
    pub kind: String,
    /// Unique among unfinished work of the queue and organization.
    pub key: Option<String>,
    /// With what: ids.
    pub payload: Value,
    /// The lower, the sooner.
    pub priority: i16,
    /// Attempts that are spent.
    pub attempts: i32,
    /// Attempts that there are.
    pub attempts_max: i32,
    /// Since when it is due.
    pub run_at: Timestamp,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

impl ClaimedJob {
    /// Whether it was tried as often as may be: its worker does not try it, and ends it as a dead letter.
    pub const fn is_spent(&self) -> bool {
        self.attempts >= self.attempts_max
    }
}

/// A job as an operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Whose.
    pub tenant: TenantId,
    /// Names it.
    pub job_id: Uuid,
    /// Among which work.
    pub queue: String,
    /// What is to be done.
    pub kind: String,
    /// Unique among unfinished work of the queue and organization.
    pub key: Option<String>,
    /// With what: ids.
    pub payload: Value,
    /// The lower, the sooner.
    pub priority: i16,
    /// Attempts that are spent.
    pub attempts: i32,
    /// Attempts that there are.
    pub attempts_max: i32,
    /// Where it is.
    pub state: JobState,
    /// Why the last attempt failed.
    pub error_code: Option<String>,
    /// When it is or was due.
    pub run_at: Timestamp,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Whether its worker is asked to give up.
    pub is_cancel_requested: bool,
}

/// A row of `read_job.sql` and `list_dead_jobs.sql`.
fn job_of(row: &Row) -> Job {
    Job {
        tenant: TenantId::new(row.get(0)),
        job_id: row.get(1),
        queue: row.get(2),
        kind: row.get(3),
        key: row.get(4),
        payload: row.get(5),
        priority: row.get(6),
        attempts: row.get(7),
        attempts_max: row.get(8),
        state: JobState::of(row.get(9)),
        error_code: row.get(10),
        run_at: row.get(11),
        created_at: row.get(12),
        finished_at: row.get(13),
        is_cancel_requested: row.get(14),
    }
}

/// A row of `claim_jobs.sql`.
fn claimed_of(row: &Row) -> ClaimedJob {
    ClaimedJob {
        lease: JobLease {
            tenant: TenantId::new(row.get(0)),
            job_id: row.get(1),
            owner: row.get(9),
            epoch: row.get(10),
        },
        queue: row.get(2),
        kind: row.get(3),
        key: row.get(4),
        payload: row.get(5),
        priority: row.get(6),
        attempts: row.get(7),
        attempts_max: row.get(8),
        run_at: row.get(11),
        created_at: row.get(12),
    }
}
