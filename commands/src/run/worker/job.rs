//! Jobs about runs: what they are, and how a worker holds one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cinatra_domain::extension::PackageName;
use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::run::Run;
use cinatra_eventstore::{
    AppendError, Backoff, ClaimedJob, EventStore, JobClaim, JobEnd, JobRow, NewJob, ReadError,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::segment::Ended;
use crate::mint;

/// The queue of all long work. Source: seed, spec/runs.md 10.
const QUEUE: &str = "cinatra-background-jobs";
const EXECUTE: &str = "agent-builder-execution";
const SEAL: &str = "agent-run-seal";
const PURGE: &str = "agent-runs-purge";
/// Codes of a job whose last worker fell silent, and of one that failed.
const SILENT: &str = "WORKER_LOST";
const FAILED: &str = "worker_failed";
/// A job that failed so often is a dead letter.
const ATTEMPTS_MAX: i32 = 8;
/// Jobs of one organization that a node has in hand at most.
const IN_HAND_MAX: i64 = 12;
/// How often a lease is renewed; it lasts three times as long.
const RENEW: Duration = Duration::from_secs(10);
/// How often leases are looked for whose workers are gone; for as long a job is put off that is to be looked at again.
const LOOK: Duration = Duration::from_secs(2);

/// How often it is tried to end a job, and how long one waits in between: as long as its lease.
const ENDS_MAX: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);

const BACKOFF: Backoff = Backoff {
    first: SignedDuration::from_millis(500),
    most: SignedDuration::from_secs(60),
};

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Execute the run.
    Execute(RunId),
    /// Vouch for what was shown of a segment that has ended.
    Seal(RunId),
    /// Destroy the runs of an agent that was destroyed.
    Purge(PackageName),
}

/// A worker is to take the run, in this segment: what is still to be taken when the segment ends, nobody takes in the
/// next one, which has a job of its own.
pub(in crate::run) fn execute(run: &Run) -> JobRow {
    let payload = json!({ "runId": run.run_id, "segment": run.segment });
    of(EXECUTE, payload)
}

/// Somebody is to seal what has ended.
pub(in crate::run) fn seal(run_id: RunId) -> JobRow {
    of(SEAL, json!({ "runId": run_id }))
}

/// Somebody is to destroy the runs of an agent that is being destroyed.
pub(in crate::run) fn purge(package: &PackageName) -> JobRow {
    of(PURGE, json!({ "packageName": package.as_str() }))
}

/// Without a key: a run's next stretch may be enqueued before the former one's worker knows that it is over, and of two
/// workers the run's log lets one write.
fn of(kind: &str, payload: Value) -> JobRow {
    JobRow::Enqueue(NewJob {
        job_id: mint::id(),
        queue: QUEUE.to_owned(),
        kind: kind.to_owned(),
        key: None,
        payload,
        priority: 0,
        run_at: None,
        attempts_max: ATTEMPTS_MAX,
    })
}

/// Where a node takes jobs.
#[derive(Debug)]
pub(super) struct Desk {
    store: EventStore,
    owner: Uuid,
    looked: Mutex<Option<Instant>>,
}

impl Desk {
    /// Of a node. Whatever it held before was a former process of it that is dead.
    pub(super) fn open(store: &EventStore, node: Uuid) -> Self {
        Self {
            store: store.clone(),
            owner: node,
            looked: Mutex::default(),
        }
    }

    /// Rings when there may be a job.
    pub(super) fn bell(&self) -> watch::Receiver<u64> {
        self.store.jobs_doorbell()
    }

    /// Takes up to so many jobs. Those whose workers are gone come back first.
    pub(super) async fn take(&self, limit: usize) -> Result<Vec<Held>, ReadError> {
        self.look().await?;
        let claim = JobClaim {
            queue: QUEUE,
            owner: self.owner,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            in_hand_max: IN_HAND_MAX,
        };
        let claimed = if limit == 0 {
            Vec::new()
        } else {
            self.store.claim_jobs(claim).await?
        };
        let held = claimed.into_iter().map(|job| Held::new(&self.store, job));
        Ok(held.collect())
    }

    async fn look(&self) -> Result<(), ReadError> {
        let looked = *self.looked();
        // Order: nothing is claimed before the first look, so all that is this node's then was its dead process's.
        match looked {
            Some(looked) if looked.elapsed() < LOOK => return Ok(()),
            Some(_) => self.store.expire_jobs().await?,
            None => self.store.take_jobs_back(self.owner).await?,
        };
        *self.looked() = Some(Instant::now());
        Ok(())
    }

    fn looked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back what is not done, so that another node takes it at once.
    pub(super) async fn give_back(&self) {
        if let Err(error) = self.store.release_jobs(self.owner).await {
            tracing::warn!(%error, "jobs were not given back; their leases run out");
        }
    }
}

/// A job that this worker has leased.
#[derive(Debug)]
pub(super) struct Held {
    store: EventStore,
    job: ClaimedJob,
    lost: AtomicBool,
}

impl Held {
    fn new(store: &EventStore, job: ClaimedJob) -> Self {
        Self {
            store: store.clone(),
            job,
            lost: AtomicBool::new(false),
        }
    }

    pub(super) const fn tenant(&self) -> TenantId {
        self.job.lease.tenant
    }

    pub(super) fn task(&self) -> Option<Task> {
        let payload = &self.job.payload;
        match self.job.kind.as_str() {
            EXECUTE => run_of(payload).map(Task::Execute),
            SEAL => run_of(payload).map(Task::Seal),
            PURGE => {
                let package = payload.get("packageName")?.as_str()?;
                PackageName::parse(package).ok().map(Task::Purge)
            }
            _ => None,
        }
    }

    /// Whether it is about a segment that has ended, while the run is in another one.
    pub(super) fn is_late(&self, run: &Run) -> bool {
        let segment = self.job.payload.get("segment").and_then(Value::as_u64);
        segment.is_some_and(|segment| segment != u64::from(run.segment))
    }

    /// The job is done, with the events of an append.
    pub(super) fn done(&self) -> JobRow {
        JobRow::End {
            lease: self.job.lease,
            end: JobEnd::Completed,
        }
    }

    /// Whether it was tried as often as may be.
    pub(super) const fn is_spent(&self) -> bool {
        self.job.is_spent()
    }

    /// Why it becomes a dead letter by what came of it, if it does.
    pub(super) const fn gives_up(&self, outcome: &Result<(), Ended>) -> Option<&'static str> {
        let is_last = self.job.attempts + 1 >= self.job.attempts_max;
        match outcome {
            Err(Ended::Spent) => Some(SILENT),
            Err(Ended::Failed(_)) if is_last => Some(FAILED),
            Ok(()) | Err(Ended::Overtaken | Ended::Moved | Ended::Failed(_) | Ended::Wrong(_)) => {
                None
            }
        }
    }

    /// The job is a dead letter, with the events of an append.
    pub(super) fn dead(&self, code: &str) -> JobRow {
        JobRow::End {
            lease: self.job.lease,
            end: given_up(code),
        }
    }

    /// Whether the lease is not this worker's any more.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Keeps the lease until it is lost.
    pub(super) async fn keep(&self) {
        loop {
            tokio::time::sleep(RENEW).await;
            match self.store.renew_job(&self.job.lease).await {
                Ok(false) => {}
                Ok(true) | Err(AppendError::JobFenced { .. }) => break,
                Err(error) => tracing::debug!(%error, "a lease was not renewed"),
            }
        }
        self.lost.store(true, Ordering::Relaxed);
        std::future::pending::<()>().await;
    }

    /// Ends a job that no append has ended: done where somebody else acts on the run, soon again where what it is about
    /// has moved, later where something failed.
    pub(super) async fn conclude(&self, outcome: Result<(), Ended>, now_us: i64) {
        let end = match outcome {
            Ok(()) | Err(Ended::Overtaken | Ended::Wrong(_)) => JobEnd::Completed,
            Err(Ended::Moved) => JobEnd::Postponed {
                until: self.at(now_us) + LOOK,
            },
            Err(Ended::Spent) => given_up(SILENT),
            Err(Ended::Failed(error)) => {
                tracing::warn!(%error, kind = self.job.kind, "a job failed");
                JobEnd::Failed {
                    error_code: FAILED.to_owned(),
                    retry_at: Some(self.again_at(now_us)),
                }
            }
        };
        // While the database is away nothing can be ended, and a job that is not stays in hand until its lease runs out.
        for _ in 0..ENDS_MAX {
            match self.store.end_job(&self.job.lease, &end).await {
                Ok(_) | Err(AppendError::JobFenced { .. }) => break,
                Err(error) => tracing::debug!(%error, "a job is not ended yet"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn again_at(&self, now_us: i64) -> Timestamp {
        let jitter = u16::try_from(mint::id().as_u128() & 0xffff).unwrap_or_default();
        self.at(now_us) + BACKOFF.delay(self.job.attempts, jitter)
    }

    fn at(&self, now_us: i64) -> Timestamp {
        Timestamp::from_microsecond(now_us).unwrap_or(self.job.run_at)
    }
}

fn given_up(code: &str) -> JobEnd {
    JobEnd::Failed {
        error_code: code.to_owned(),
        retry_at: None,
    }
}

fn run_of(payload: &Value) -> Option<RunId> {
    payload.get("runId")?.as_str()?.parse().ok()
}
