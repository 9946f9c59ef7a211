//! Who has a job, until when, and what comes after.

use std::collections::HashSet;

use cinatra_eventstore::{
    AppendError, Backoff, Clock as _, JOB_LEASE, JobClaim, JobEnd, JobState, NewJob,
};
use cinatra_tests::Database;
use futures_util::future::join_all;
use jiff::SignedDuration;
use uuid::Uuid;

use super::super::{ACME, OTHER};
use super::{
    ANN, BOB, QUEUE, claim, claimed, failed, id, job, kept, keyed, nodes, numbers, one, state,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_hold_one_job() {
    const COUNT: u32 = 120;
    let database = Database::fresh().await.unwrap();
    let (node, other, _) = nodes(&database).await;
    for number in 0..COUNT {
        node.enqueue_job(ACME, &job(number)).await.unwrap();
    }
    let workers = (0..8_u128).map(|worker| {
        let store = if worker % 2 == 0 { &node } else { &other }.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            while store.job_depth(QUEUE).await.unwrap().waiting > 0 {
                let some = claimed(&store, Uuid::from_u128(worker), 3).await;
                held.extend(some.into_iter().map(|job| job.lease));
            }
            held
        })
    });
    let held: Vec<_> = join_all(workers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(
        held.iter().filter(|held| !held.is_empty()).count() > 1,
        "one took all"
    );
    let leases: Vec<_> = held.into_iter().flatten().collect();
    let jobs: HashSet<_> = leases.iter().map(|lease| lease.job_id).collect();
    assert_eq!((leases.len(), jobs.len()), (120, 120));
}

#[tokio::test]
async fn jobs_are_claimed_by_priority_time_and_id_and_not_before_they_are_due() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    let later = |number, seconds| NewJob {
        run_at: Some(hands.now() + SignedDuration::from_secs(seconds)),
        ..job(number)
    };
    let urgent = |number| NewJob {
        priority: -1,
        ..job(number)
    };
    for job in [later(1, 60), job(3), job(2), urgent(5), later(4, 30)] {
        store.enqueue_job(ACME, &job).await.unwrap();
    }
    let elsewhere = NewJob {
        queue: "elsewhere".to_owned(),
        ..job(9)
    };
    store.enqueue_job(ACME, &elsewhere).await.unwrap();
    let depth = store.job_depth(QUEUE).await.unwrap();
    assert_eq!((depth.waiting, depth.later, depth.active), (3, 2, 0));
    assert!(claimed(&store, ANN, 0).await.is_empty());
    let mut order = Vec::new();
    for _ in 0..3 {
        order.extend(numbers(&claimed(&store, ANN, 1).await));
    }
    assert_eq!(order, [5, 2, 3]);
    assert!(claimed(&store, ANN, 10).await.is_empty());
    hands.pass(30);
    assert_eq!(numbers(&claimed(&store, ANN, 10).await), [4]);
    hands.pass(30);
    assert_eq!(numbers(&claimed(&store, ANN, 10).await), [1]);
    let depth = store.job_depth(QUEUE).await.unwrap();
    assert_eq!((depth.waiting, depth.later, depth.active), (0, 0, 5));
}

/// Whoever has enqueued a thousand jobs does not keep another organization's one waiting.
#[tokio::test]
async fn organizations_take_turns_and_none_has_more_in_hand_than_it_may() {
    let database = Database::fresh().await.unwrap();
    let (store, _, _) = nodes(&database).await;
    for number in 0..30 {
        store.enqueue_job(ACME, &job(number)).await.unwrap();
    }
    for number in 100..103 {
        store.enqueue_job(OTHER, &job(number)).await.unwrap();
    }
    let tenants = async |limit, in_hand_max| {
        let (queue, owner) = (QUEUE, ANN);
        let claim = JobClaim {
            queue,
            owner,
            limit,
            in_hand_max,
        };
        let jobs = store.claim_jobs(claim).await.unwrap();
        let others = jobs.iter().filter(|job| job.lease.tenant == OTHER).count();
        (jobs.len() - others, others)
    };
    assert_eq!(tenants(4, 100).await, (2, 2));
    assert_eq!(
        tenants(10, 4).await,
        (2, 1),
        "four in hand at most, and no more of the other"
    );
    assert_eq!(tenants(10, 4).await, (0, 0));
    assert_eq!(tenants(10, 7).await, (3, 0));
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_who_had_it_is_fenced_off() {
    let database = Database::fresh().await.unwrap();
    let (node, other, hands) = nodes(&database).await;
    node.enqueue_job(ACME, &job(1)).await.unwrap();
    let lost = one(&node, ANN).await;
    assert_eq!(
        (lost.attempts, lost.attempts_max, lost.lease.epoch),
        (0, 3, 1)
    );
    hands.pass(JOB_LEASE.as_secs() - 1);
    assert!(other.expire_jobs().await.unwrap().is_empty());
    assert!(!node.renew_job(&lost.lease).await.unwrap());
    hands.pass(JOB_LEASE.as_secs() - 1);
    assert!(
        other.expire_jobs().await.unwrap().is_empty(),
        "it was renewed"
    );
    assert!(claimed(&other, BOB, 1).await.is_empty());
    hands.pass(1);
    let expired = other.expire_jobs().await.unwrap();
    assert_eq!(expired, [(ACME, id(1), JobState::Waiting)]);
    let taken = one(&other, BOB).await;
    assert_eq!((taken.attempts, taken.lease.epoch), (1, 2));
    let is_fenced = |error: AppendError| matches!(error, AppendError::JobFenced { .. });
    assert!(is_fenced(node.renew_job(&lost.lease).await.unwrap_err()));
    let until = hands.now();
    for how in [JobEnd::Completed, failed(None), JobEnd::Postponed { until }] {
        assert!(is_fenced(
            node.end_job(&lost.lease, &how).await.unwrap_err()
        ));
    }
    assert_eq!(state(&node, 1).await, JobState::Active);
    let ended = other.end_job(&taken.lease, &JobEnd::Completed).await;
    assert_eq!(ended.unwrap(), JobState::Completed);
    let again = other.end_job(&taken.lease, &JobEnd::Completed).await;
    assert!(is_fenced(again.unwrap_err()), "it is over");
}

/// The same worker that claims again has another lease.
#[tokio::test]
async fn an_older_lease_of_the_same_worker_is_fenced_off_too() {
    let database = Database::fresh().await.unwrap();
    let (store, _, _) = nodes(&database).await;
    store.enqueue_job(ACME, &job(1)).await.unwrap();
    let first = one(&store, ANN).await;
    assert_eq!(store.release_jobs(ANN).await.unwrap(), 1);
    let second = one(&store, ANN).await;
    assert!(
        store
            .end_job(&first.lease, &JobEnd::Completed)
            .await
            .is_err()
    );
    store
        .end_job(&second.lease, &JobEnd::Completed)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_fails_waits_longer_each_time_and_is_a_dead_letter_in_the_end() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    let backoff = Backoff {
        first: SignedDuration::from_secs(10),
        most: SignedDuration::from_secs(60),
    };
    store.enqueue_job(ACME, &job(1)).await.unwrap();
    for (spent, wait) in [(0, 10), (1, 20)] {
        let job = one(&store, ANN).await;
        assert_eq!(job.attempts, spent);
        let retry_at = hands.now() + backoff.delay(job.attempts, u16::MAX);
        let ended = store.end_job(&job.lease, &failed(Some(retry_at))).await;
        assert_eq!(ended.unwrap(), JobState::Waiting);
        hands.pass(wait - 1);
        assert!(
            claimed(&store, ANN, 1).await.is_empty(),
            "not before {wait} s"
        );
        hands.pass(1);
    }
    let job = one(&store, ANN).await;
    let ended = store.end_job(&job.lease, &failed(Some(hands.now()))).await;
    assert_eq!(ended.unwrap(), JobState::Failed, "no attempt is left");
    let dead = kept(&store, 1).await;
    assert_eq!(
        (dead.attempts, dead.error_code.as_deref()),
        (3, Some("MODEL_SILENT"))
    );
    assert_eq!(dead.finished_at, Some(hands.now()));
}

#[tokio::test]
async fn what_no_attempt_would_help_is_a_dead_letter_at_once() {
    let database = Database::fresh().await.unwrap();
    let (store, _, _) = nodes(&database).await;
    store.enqueue_job(ACME, &job(1)).await.unwrap();
    let job = one(&store, ANN).await;
    let ended = store.end_job(&job.lease, &failed(None)).await;
    assert_eq!(ended.unwrap(), JobState::Failed);
    assert!(claimed(&store, ANN, 1).await.is_empty());
}

#[tokio::test]
async fn putting_off_and_handing_over_spend_no_attempt() {
    let database = Database::fresh().await.unwrap();
    let (node, other, hands) = nodes(&database).await;
    node.enqueue_job(ACME, &job(1)).await.unwrap();
    for _ in 0..5 {
        let job = one(&node, ANN).await;
        assert_eq!(job.attempts, 0);
        let until = hands.now() + SignedDuration::from_secs(5);
        let ended = node.end_job(&job.lease, &JobEnd::Postponed { until }).await;
        assert_eq!(ended.unwrap(), JobState::Waiting);
        assert!(claimed(&node, ANN, 1).await.is_empty());
        hands.pass(5);
    }
    node.enqueue_job(ACME, &job(2)).await.unwrap();
    node.enqueue_job(ACME, &job(3)).await.unwrap();
    let held = claimed(&node, ANN, 2).await;
    let kept_by_bob = claimed(&other, BOB, 1).await;
    assert_eq!(node.release_jobs(ANN).await.unwrap(), 2);
    let taken = claimed(&other, BOB, 10).await;
    assert_eq!(
        numbers(&taken),
        numbers(&held),
        "at once, and not what Bob has"
    );
    assert!(taken.iter().all(|job| job.attempts == 0));
    for job in &held {
        assert!(node.end_job(&job.lease, &JobEnd::Completed).await.is_err());
    }
    for job in taken.iter().chain(&kept_by_bob) {
        other.end_job(&job.lease, &JobEnd::Completed).await.unwrap();
    }
    assert_eq!(node.release_jobs(BOB).await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_is_unique_among_what_is_not_over() {
    let database = Database::fresh().await.unwrap();
    let (node, other, _) = nodes(&database).await;
    let enqueueing = (0..8).map(|number| {
        let (store, job) = (
            if number % 2 == 0 { &node } else { &other },
            keyed(number, "run-7"),
        );
        async move { store.enqueue_job(ACME, &job).await.unwrap() }
    });
    join_all(enqueueing).await;
    node.enqueue_job(ACME, &keyed(20, "run-8")).await.unwrap();
    node.enqueue_job(OTHER, &keyed(21, "run-7")).await.unwrap();
    let elsewhere = NewJob {
        queue: "elsewhere".to_owned(),
        ..keyed(22, "run-7")
    };
    node.enqueue_job(ACME, &elsewhere).await.unwrap();
    let jobs = claimed(&node, ANN, 10).await;
    assert_eq!(jobs.len(), 3, "{jobs:?}");
    for job in &jobs {
        node.end_job(&job.lease, &JobEnd::Completed).await.unwrap();
    }
    node.enqueue_job(ACME, &keyed(30, "run-7")).await.unwrap();
    assert_eq!(
        numbers(&claimed(&node, ANN, 10).await),
        [30],
        "the former one is over"
    );
}

/// Who works on it may have looked already: what was enqueued since is not forgotten.
#[tokio::test]
async fn what_is_enqueued_while_it_is_worked_on_is_done_once_more() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    let enqueue = async |number| {
        store
            .enqueue_job(ACME, &keyed(number, "run-7"))
            .await
            .unwrap();
    };
    enqueue(1).await;
    let until = hands.now();
    for how in [JobEnd::Completed, failed(None), JobEnd::Postponed { until }] {
        let job = one(&store, ANN).await;
        enqueue(2).await;
        enqueue(3).await;
        let ended = store.end_job(&job.lease, &how).await.unwrap();
        assert_eq!(ended, JobState::Waiting, "{how:?}");
    }
    let job = one(&store, ANN).await;
    assert_eq!(numbers(std::slice::from_ref(&job)), [1]);
    let ended = store.end_job(&job.lease, &JobEnd::Completed).await;
    assert_eq!(ended.unwrap(), JobState::Completed, "nobody asked again");
    // Cancelled, and wanted after all.
    enqueue(4).await;
    let job = one(&store, ANN).await;
    store.cancel_job(ACME, id(4)).await.unwrap();
    enqueue(5).await;
    let ended = store.end_job(&job.lease, &failed(None)).await;
    assert_eq!(ended.unwrap(), JobState::Waiting);
    // Its worker dies.
    let job = one(&store, ANN).await;
    assert!(!store.renew_job(&job.lease).await.unwrap());
    enqueue(6).await;
    hands.pass(JOB_LEASE.as_secs());
    store.expire_jobs().await.unwrap();
    assert_eq!(state(&store, 4).await, JobState::Waiting);
}

#[tokio::test]
async fn work_whose_last_worker_fell_silent_is_given_out_once_more_to_be_ended() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    store.enqueue_job(ACME, &job(1)).await.unwrap();
    for _ in 0..4 {
        let held = one(&store, ANN).await;
        assert_eq!(held.is_spent(), held.attempts == 3, "{held:?}");
        hands.pass(JOB_LEASE.as_secs());
        let expired = store.expire_jobs().await.unwrap();
        assert_eq!(expired, [(ACME, id(1), JobState::Waiting)]);
    }
    let held = one(&store, ANN).await;
    assert_eq!((held.attempts, held.is_spent()), (3, true));
    let ended = store.end_job(&held.lease, &failed(Some(hands.now()))).await;
    assert_eq!(ended.unwrap(), JobState::Failed);
    let known = store.job(ACME, id(1)).await.unwrap().unwrap();
    assert_eq!(known.attempts, 3);
}

#[tokio::test]
async fn the_bell_rings_for_work_of_this_node() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    let mut bell = store.jobs_doorbell();
    let mut rang = async || {
        let rang = bell.has_changed().unwrap();
        bell.mark_unchanged();
        rang
    };
    store.enqueue_job(ACME, &job(1)).await.unwrap();
    assert!(rang().await);
    let rows = vec![super::JobRow::Enqueue(job(2))];
    store.append(super::fact(ACME, "fact", rows)).await.unwrap();
    assert!(rang().await);
    store
        .append(super::fact(ACME, "plain", Vec::new()))
        .await
        .unwrap();
    let held = store.claim_jobs(claim(ANN, 10)).await.unwrap();
    assert!(!rang().await, "there is nothing more to do");
    store
        .end_job(&held[0].lease, &JobEnd::Completed)
        .await
        .unwrap();
    assert!(!rang().await);
    hands.pass(JOB_LEASE.as_secs());
    store.expire_jobs().await.unwrap();
    assert!(rang().await);
    claimed(&store, ANN, 1).await;
    store.release_jobs(ANN).await.unwrap();
    assert!(rang().await);
}

#[tokio::test]
async fn what_a_dead_process_held_is_taken_back_at_once_and_nothing_else_is() {
    let database = Database::fresh().await.unwrap();
    let (node, other, _) = nodes(&database).await;
    for number in 1..=2 {
        node.enqueue_job(ACME, &job(number)).await.unwrap();
    }
    let dead = claimed(&node, ANN, 1).await;
    let alive = one(&other, BOB).await;
    let back = node.take_jobs_back(ANN).await.unwrap();
    assert_eq!(back, [(ACME, dead[0].lease.job_id, JobState::Waiting)]);
    assert_eq!(node.take_jobs_back(ANN).await.unwrap(), []);
    let again = one(&node, ANN).await;
    assert_eq!(again.lease.job_id, dead[0].lease.job_id);
    assert_eq!(again.attempts, 1, "an attempt is spent");
    let late = node.renew_job(&dead[0].lease).await;
    assert!(
        matches!(late, Err(AppendError::JobFenced { .. })),
        "the same owner, another claim: {late:?}"
    );
    assert!(!other.renew_job(&alive.lease).await.unwrap());
}
