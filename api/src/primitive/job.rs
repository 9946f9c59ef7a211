//! What an operator asks of long-running work: which of it is a dead letter, and that it is tried again.

use cinatra_domain::authority::Rule;
use cinatra_domain::permission::Permission;
use cinatra_eventstore::{DeadLetter, Job, ReadError};
use cinatra_projections::{Keyset, Page};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::authority::put_on_record;
use super::call::Reply;
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::input;
use crate::problem::Problem;

/// How the audit names the noun.
const JOB: &str = "job";
/// The queue of all long work. Source: seed, spec/runs.md 10.
const QUEUE: &str = "cinatra-background-jobs";

/// The noun's entries in the catalogue.
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> {
    Ok(vec![list()?, retry()?])
}

/// Which dead letters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListDeadJobs {
    /// Of which queue; the one of all long work when absent.
    #[schemars(length(min = 1, max = 100))]
    queue: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// One of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NamedJob {
    /// The `jobId` of a list, a UUID.
    #[schemars(length(max = 36))]
    job_id: String,
}

/// Work that was given up.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct DeadJob {
    /// Which.
    job_id: Uuid,
    /// Among which work.
    queue: String,
    /// What was to be done.
    kind: String,
    /// With what: ids.
    payload: Value,
    /// Attempts that it took.
    attempts: i32,
    /// Why the last one failed.
    error_code: Option<String>,
    /// When it was enqueued.
    created_at: Timestamp,
    /// When it was given up.
    finished_at: Option<Timestamp>,
}

/// It is tried again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct JobRetried {
    /// Which.
    job_id: Uuid,
}

impl From<Job> for DeadJob {
    fn from(job: Job) -> Self {
        Self {
            job_id: job.job_id,
            queue: job.queue,
            kind: job.kind,
            payload: job.payload,
            attempts: job.attempts,
            error_code: job.error_code,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

impl DeadJob {
    /// Where it stands in the order of the list.
    fn place(&self) -> String {
        let at = self.finished_at.map_or(0, Timestamp::as_microsecond);
        format!("{at}:{}", self.job_id)
    }
}

/// Where the page before ended.
fn ended(keyset: &Keyset) -> Result<Option<DeadLetter>, Problem> {
    let place = keyset.name().map_err(|error| Problem::of(&error))?;
    let Some(place) = place else {
        return Ok(None);
    };
    let read = || {
        let (at, job) = place.split_once(':')?;
        Some(DeadLetter {
            finished_at: Timestamp::from_microsecond(at.parse().ok()?).ok()?,
            job_id: job.parse().ok()?,
        })
    };
    let invalid = || Problem::invalid_input("cursor", "is not one of this list");
    read().map(Some).ok_or_else(invalid)
}

fn list() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Platform(Permission::SettingsRead);
    Declaration::query("jobs_dead_list", JOB, rule)
        .told(
            "List dead letters",
            "Lists the work of this organization that was given up after its last attempt, the latest first, \
            with what it was about and the code that it failed by.",
        )
        .handled_by(async |backend, call, input: ListDeadJobs| {
            let keyset = input::keyset("dead_jobs", input.limit, input.cursor);
            let after = ended(&keyset)?;
            let queue = input.queue.as_deref().unwrap_or(QUEUE);
            let tenant = call.principal.tenant();
            let found = backend
                .store
                .dead_jobs(tenant, queue, after, keyset.probe())
                .await;
            let found = found.map_err(|error: ReadError| Problem::of(&error))?;
            let items = found.into_iter().map(DeadJob::from).collect();
            Ok(Reply::bare(Page::cut(items, &keyset, DeadJob::place)))
        })
}

fn retry() -> Result<Primitive, CatalogueError> {
    let rule = Rule::Platform(Permission::SettingsUpdate);
    Declaration::command("jobs_dead_retry", JOB, rule)
        .told(
            "Try a dead letter again",
            "Lets work that was given up be tried again from its first attempt. NOT_FOUND when it is no dead \
            letter, or the same work waits already.",
        )
        .repeated_is_another()
        .handled_by(async |backend, call, input: NamedJob| {
            let absent = || Problem::not_found("There is no such dead letter.");
            let invalid = |_| Problem::invalid_input("jobId", "is not a UUID");
            let job_id: Uuid = input.job_id.parse().map_err(invalid)?;
            // Order: who tries again is on record before anything happens.
            put_on_record(&backend, &call, JOB, Some(&input.job_id)).await?;
            let retried = backend.store.retry_job(call.principal.tenant(), job_id);
            let retried = retried
                .await
                .map_err(|error: ReadError| Problem::of(&error))?;
            if !retried {
                return Err(absent());
            }
            Ok(Reply::bare(JobRetried { job_id }))
        })
}
