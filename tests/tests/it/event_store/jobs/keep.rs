//! What an operator sees and does: dead letters, cancelling, and what is forgotten.

use cinatra_eventstore::{DeadLetter, EventStore, JobEnd, JobState, JobsKept, NewJob};
use cinatra_tests::Database;
use serde_json::json;
use uuid::Uuid;

use super::super::{ACME, OTHER};
use super::{ANN, QUEUE, claimed, failed, id, job, kept, keyed, nodes, numbers, one, state};

/// Makes a dead letter of a job.
async fn bury(store: &EventStore, number: u32, key: &str) {
    store.enqueue_job(ACME, &keyed(number, key)).await.unwrap();
    let job = one(store, ANN).await;
    store.end_job(&job.lease, &failed(None)).await.unwrap();
}

#[tokio::test]
async fn dead_letters_are_listed_and_tried_again_from_the_beginning() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    for number in 1..=3 {
        bury(&store, number, &format!("k{number}")).await;
        hands.pass(1);
    }
    let listed = async |tenant, limit| {
        let jobs = store.dead_jobs(tenant, QUEUE, None, limit).await.unwrap();
        jobs.iter().map(|job| job.job_id).collect::<Vec<_>>()
    };
    assert_eq!(listed(ACME, 10).await, [id(3), id(2), id(1)]);
    assert_eq!(listed(ACME, 2).await, [id(3), id(2)]);
    let second = store.job(ACME, id(2)).await.unwrap().unwrap();
    let after = DeadLetter {
        finished_at: second.finished_at.unwrap(),
        job_id: second.job_id,
    };
    let rest = store.dead_jobs(ACME, QUEUE, Some(after), 10).await.unwrap();
    let rest: Vec<_> = rest.iter().map(|job| job.job_id).collect();
    assert_eq!(rest, [id(1)], "a page goes on after the one before");
    assert!(listed(OTHER, 10).await.is_empty());
    assert!(!store.retry_job(OTHER, id(2)).await.unwrap(), "not theirs");
    assert!(store.retry_job(ACME, id(2)).await.unwrap());
    assert!(
        !store.retry_job(ACME, id(2)).await.unwrap(),
        "it is none any more"
    );
    assert_eq!(listed(ACME, 10).await, [id(3), id(1)]);
    let again = one(&store, ANN).await;
    assert_eq!((again.lease.job_id, again.attempts), (id(2), 0));
    // Another with its key waits: two would be one too many.
    store.enqueue_job(ACME, &keyed(7, "k1")).await.unwrap();
    assert!(!store.retry_job(ACME, id(1)).await.unwrap());
    assert_eq!(state(&store, 1).await, JobState::Failed);
}

#[tokio::test]
async fn what_is_cancelled_is_not_begun_and_who_has_begun_is_told() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    store.enqueue_job(ACME, &job(1)).await.unwrap();
    assert_eq!(store.cancel_job(OTHER, id(1)).await.unwrap(), None);
    let cancelled = store.cancel_job(ACME, id(1)).await.unwrap();
    assert_eq!(cancelled, Some(JobState::Cancelled));
    assert!(claimed(&store, ANN, 10).await.is_empty());
    assert_eq!(
        store.cancel_job(ACME, id(1)).await.unwrap(),
        None,
        "it is over"
    );
    bury(&store, 2, "k").await;
    let cancelled = store.cancel_job(ACME, id(2)).await.unwrap();
    assert_eq!(cancelled, Some(JobState::Cancelled));

    let until = hands.now_later();
    let ends = [
        (JobEnd::Completed, JobState::Completed),
        (failed(Some(until)), JobState::Cancelled),
        (JobEnd::Postponed { until }, JobState::Cancelled),
    ];
    for (number, (how, wanted)) in (3..).zip(ends) {
        store.enqueue_job(ACME, &job(number)).await.unwrap();
        let job = one(&store, ANN).await;
        let asked = store.cancel_job(ACME, id(number)).await.unwrap();
        assert_eq!(asked, Some(JobState::Active));
        assert!(
            store.renew_job(&job.lease).await.unwrap(),
            "told to give up"
        );
        assert_eq!(store.end_job(&job.lease, &how).await.unwrap(), wanted);
    }
    store.enqueue_job(ACME, &job(9)).await.unwrap();
    one(&store, ANN).await;
    store.cancel_job(ACME, id(9)).await.unwrap();
    store.release_jobs(ANN).await.unwrap();
    assert_eq!(state(&store, 9).await, JobState::Cancelled);
}

#[tokio::test]
async fn the_newest_that_are_over_stay() {
    let database = Database::fresh().await.unwrap();
    let (store, _, hands) = nodes(&database).await;
    for number in 1..=12 {
        store.enqueue_job(ACME, &job(number)).await.unwrap();
        let job = one(&store, ANN).await;
        let how = if number % 2 == 0 {
            JobEnd::Completed
        } else {
            failed(None)
        };
        store.end_job(&job.lease, &how).await.unwrap();
        hands.pass(1);
    }
    store.enqueue_job(OTHER, &job(20)).await.unwrap();
    let theirs = one(&store, ANN).await;
    store
        .end_job(&theirs.lease, &JobEnd::Completed)
        .await
        .unwrap();
    store.enqueue_job(ACME, &job(30)).await.unwrap();
    assert_eq!(store.trim_jobs(JobsKept::default()).await.unwrap(), 0);
    let (completed, failed) = (2, 3);
    let gone = store
        .trim_jobs(JobsKept { completed, failed })
        .await
        .unwrap();
    assert_eq!(gone, 4 + 3);
    let mut left = Vec::new();
    for number in 1..=30 {
        if store.job(ACME, id(number)).await.unwrap().is_some() {
            left.push(number);
        }
    }
    assert_eq!(left, [7, 9, 10, 11, 12, 30]);
    assert!(
        store.job(OTHER, id(20)).await.unwrap().is_some(),
        "another's stay"
    );
    assert_eq!(numbers(&claimed(&store, ANN, 10).await), [30]);
}

#[tokio::test]
async fn a_job_carries_ids_and_is_asked_for_once() {
    let database = Database::fresh().await.unwrap();
    let (store, _, _) = nodes(&database).await;
    let large = NewJob {
        payload: json!({ "typed": "x".repeat(NewJob::PAYLOAD_BYTES_MAX) }),
        ..job(1)
    };
    let never = NewJob {
        attempts_max: 0,
        ..job(1)
    };
    for refused in [large, never] {
        assert!(store.enqueue_job(ACME, &refused).await.is_err());
        let rows = vec![super::JobRow::Enqueue(refused)];
        assert!(store.append(super::fact(ACME, "x", rows)).await.is_err());
    }
    assert!(store.job(ACME, Uuid::nil()).await.unwrap().is_none());
    store.enqueue_job(ACME, &job(2)).await.unwrap();
    store.enqueue_job(ACME, &job(2)).await.unwrap();
    let once = one(&store, ANN).await;
    store.end_job(&once.lease, &failed(None)).await.unwrap();
    store.enqueue_job(ACME, &job(2)).await.unwrap();
    let kept = kept(&store, 2).await;
    assert_eq!(
        (kept.state, kept.attempts, kept.is_cancel_requested),
        (JobState::Failed, 1, false)
    );
}
