//! Work for later is done, by one worker at a time, whoever dies between two steps.

mod dying;
mod fence;
mod keep;
mod lease;

use std::sync::{Arc, Mutex};

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{
    Append, ClaimedJob, Clock, EventStore, Expected, Job, JobClaim, JobEnd, JobRow, JobState,
    NewJob, Options, SideRow, SystemClock,
};
use cinatra_tests::Database;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{ACME, OTHER, append};

const QUEUE: &str = "work";
const ANN: Uuid = Uuid::from_u128(0xa11);
const BOB: Uuid = Uuid::from_u128(0xb0b);

/// A clock that a test moves.
#[derive(Clone, Debug)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    fn pass(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_secs(seconds);
    }

    /// A minute from now.
    fn now_later(&self) -> Timestamp {
        self.now() + SignedDuration::from_secs(60)
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Two nodes on one clock.
async fn nodes(database: &Database) -> (EventStore, EventStore, Hands) {
    // As precise as the database.
    let now = Timestamp::from_microsecond(SystemClock.now().as_microsecond()).unwrap();
    let hands = Hands(Arc::new(Mutex::new(now)));
    let open = async || {
        let clock = Arc::new(hands.clone());
        let config = database.url.parse().unwrap();
        let store = EventStore::open(config, clock, Options::default()).await;
        let store = store.unwrap();
        for tenant in [ACME, OTHER] {
            store.create_ledger(tenant).await.unwrap();
        }
        store
    };
    (open().await, open().await, hands)
}

fn id(number: u32) -> Uuid {
    Uuid::from_u128(0x1000 + u128::from(number))
}

/// Work with three attempts.
fn job(number: u32) -> NewJob {
    NewJob {
        job_id: id(number),
        queue: QUEUE.to_owned(),
        kind: "advance".to_owned(),
        key: None,
        payload: json!({ "runId": id(number) }),
        priority: 0,
        run_at: None,
        attempts_max: 3,
    }
}

fn keyed(number: u32, key: &str) -> NewJob {
    NewJob {
        key: Some(key.to_owned()),
        ..job(number)
    }
}

fn claim(owner: Uuid, limit: i64) -> JobClaim<'static> {
    JobClaim {
        queue: QUEUE,
        owner,
        limit,
        in_hand_max: 1_000,
    }
}

async fn claimed(store: &EventStore, owner: Uuid, limit: i64) -> Vec<ClaimedJob> {
    store.claim_jobs(claim(owner, limit)).await.unwrap()
}

/// The one job that there is to claim.
async fn one(store: &EventStore, owner: Uuid) -> ClaimedJob {
    let jobs = claimed(store, owner, 10).await;
    let [job] = <[ClaimedJob; 1]>::try_from(jobs).unwrap();
    job
}

fn numbers(jobs: &[ClaimedJob]) -> Vec<u128> {
    jobs.iter()
        .map(|job| job.lease.job_id.as_u128() - 0x1000)
        .collect()
}

async fn kept(store: &EventStore, number: u32) -> Job {
    store.job(ACME, id(number)).await.unwrap().unwrap()
}

async fn state(store: &EventStore, number: u32) -> JobState {
    kept(store, number).await.state
}

fn failed(retry_at: Option<Timestamp>) -> JobEnd {
    JobEnd::Failed {
        error_code: "MODEL_SILENT".to_owned(),
        retry_at,
    }
}

/// One event with what is done to jobs.
fn fact(tenant: TenantId, key: &str, rows: Vec<JobRow>) -> Append {
    let mut append = append(key, key, Expected::NoStream, &[], Vec::new());
    append.tenant = tenant;
    append.side = rows.into_iter().map(SideRow::Job).collect();
    append
}

fn end(job: &ClaimedJob, end: JobEnd) -> JobRow {
    JobRow::End {
        lease: job.lease,
        end,
    }
}
