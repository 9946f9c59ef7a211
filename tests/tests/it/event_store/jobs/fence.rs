//! The work's outcome and the job's end commit together, or neither does.

use cinatra_domain::kernel::Position;
use cinatra_eventstore::{AppendError, JOB_LEASE, JobEnd, JobRow, JobState};
use cinatra_tests::Database;
use futures_util::future::{join, join3};

use super::super::{ACME, OTHER};
use super::{ANN, BOB, end, fact, failed, job, keyed, nodes, one, state};

#[tokio::test]
async fn work_is_enqueued_with_the_fact_that_is_its_reason_or_not_at_all() {
    let database = Database::fresh().await.unwrap();
    let (store, _, _) = nodes(&database).await;
    let first = fact(ACME, "created", vec![JobRow::Enqueue(keyed(1, "k"))]);
    store.append(first.clone()).await.unwrap();
    assert!(store.append(first).await.unwrap().repeated.is_some());
    let mut conflicting = fact(ACME, "created", vec![JobRow::Enqueue(job(2))]);
    conflicting.command = fact(ACME, "other", Vec::new()).command;
    assert!(store.append(conflicting).await.unwrap_err().is_conflict());
    assert!(store.job(ACME, super::id(2)).await.unwrap().is_none());
    let again = fact(ACME, "again", vec![JobRow::Enqueue(keyed(3, "k"))]);
    store.append(again).await.unwrap();
    let only = one(&store, ANN).await;
    assert_eq!(only.lease.job_id, super::id(1));
    assert_eq!(only.payload, job(1).payload);
}

#[tokio::test]
async fn a_worker_that_was_fenced_off_writes_neither_event_nor_end_and_others_do() {
    let database = Database::fresh().await.unwrap();
    let (node, other, hands) = nodes(&database).await;
    node.enqueue_job(ACME, &job(1)).await.unwrap();
    let lost = one(&node, ANN).await;
    hands.pass(JOB_LEASE.as_secs());
    other.expire_jobs().await.unwrap();
    let taken = one(&other, BOB).await;
    let outcome = |name: &str, job| {
        let rows = vec![end(job, JobEnd::Completed), JobRow::Enqueue(keyed(9, name))];
        fact(ACME, name, rows)
    };
    let (late, plain, elsewhere) = join3(
        node.append(outcome("late", &lost)),
        node.append(fact(ACME, "plain", Vec::new())),
        node.append(fact(OTHER, "elsewhere", vec![JobRow::Enqueue(job(5))])),
    )
    .await;
    assert!(
        matches!(late, Err(AppendError::JobFenced { job_id }) if job_id == super::id(1)),
        "{late:?}"
    );
    plain.unwrap();
    elsewhere.unwrap();
    assert_eq!(node.head(ACME).await.unwrap(), Some(Position(1)));
    assert!(node.job(ACME, super::id(9)).await.unwrap().is_none());
    assert_eq!(state(&node, 1).await, JobState::Active);
    other.append(outcome("in time", &taken)).await.unwrap();
    assert_eq!(state(&node, 1).await, JobState::Completed);
    assert_eq!(state(&node, 9).await, JobState::Waiting);
}

#[tokio::test]
async fn one_of_two_ends_of_a_job_is_written_within_a_batch_and_across_nodes() {
    let database = Database::fresh().await.unwrap();
    let (node, other, hands) = nodes(&database).await;
    for number in 1..=2 {
        node.enqueue_job(ACME, &job(number)).await.unwrap();
        let mine = one(&node, ANN).await;
        let rival = if number == 1 { &node } else { &other };
        let (first, second) = join(
            node.append(fact(
                ACME,
                &format!("a{number}"),
                vec![end(&mine, JobEnd::Completed)],
            )),
            rival.append(fact(
                ACME,
                &format!("b{number}"),
                vec![end(&mine, failed(None))],
            )),
        )
        .await;
        assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
        let wanted = if first.is_ok() {
            JobState::Completed
        } else {
            JobState::Failed
        };
        assert_eq!(state(&node, number).await, wanted);
    }
    // Ends of every kind go with an event.
    node.enqueue_job(ACME, &job(3)).await.unwrap();
    let mine = one(&node, ANN).await;
    let until = hands.now_later();
    let rows = vec![end(&mine, JobEnd::Postponed { until })];
    let append = fact(ACME, "postponed", rows);
    node.append(append.clone()).await.unwrap();
    assert!(
        node.append(append).await.unwrap().repeated.is_some(),
        "told what it did"
    );
    assert_eq!(state(&node, 3).await, JobState::Waiting);
    let of_another = fact(OTHER, "x", vec![end(&mine, JobEnd::Completed)]);
    let malformed = node.append(of_another).await.unwrap_err();
    assert!(
        matches!(malformed, AppendError::Malformed(_)),
        "{malformed}"
    );
}
