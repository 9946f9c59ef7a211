//! Whoever was stopped writes nothing more.

use cinatra_domain::kernel::Position;
use cinatra_eventstore::{AppendError, RunGuard, RunRefusal, RunStep};
use cinatra_tests::Database;
use futures_util::future::join;

use super::super::{ACME, store};
use super::{RUN, at, frame, frames, head, open, row, said, texts, transition};

fn is_fenced<T>(answer: &Result<T, AppendError>, by: i64) -> bool {
    matches!(
        answer,
        Err(AppendError::RunRefused { refusal: RunRefusal::Fenced { lease_epoch }, .. })
            if *lease_epoch == by
    )
}

#[tokio::test]
async fn a_worker_that_was_stopped_and_resumes_writes_nothing() {
    let database = Database::fresh().await.unwrap();
    let (node, other) = (store(&database).await, store(&database).await);
    open(&node, ACME, RUN).await;
    // The worker takes its lease, and knows which one it holds.
    let start = row(RUN, at(0, 0), vec![RunStep::Fence, frames(&["started"])]);
    node.append(transition(ACME, "start", vec![start]))
        .await
        .unwrap();
    let last = node
        .append_frames(ACME, RUN, 1, 1, &[frame("working")])
        .await;
    assert_eq!(last.unwrap(), 2);
    // A person stops the run, on another node.
    let stop = row(
        RUN,
        RunGuard::Any,
        vec![frames(&["stopped"]), RunStep::Fence],
    );
    other
        .append(transition(ACME, "stop", vec![stop]))
        .await
        .unwrap();
    let alone = node.append_frames(ACME, RUN, 1, 2, &[frame("late")]).await;
    assert!(is_fenced(&alone, 2), "{alone:?}");
    // Even where it has heard how far the log is.
    let alone = node.append_frames(ACME, RUN, 1, 3, &[frame("late")]).await;
    assert!(is_fenced(&alone, 2), "{alone:?}");
    let finish = row(RUN, at(3, 1), vec![frames(&["finished"]), RunStep::Seal]);
    let (finished, plain) = join(
        node.append(transition(ACME, "finish", vec![finish])),
        node.append(transition(ACME, "plain", Vec::new())),
    )
    .await;
    assert!(is_fenced(&finished, 2), "{finished:?}");
    plain.unwrap();
    assert_eq!(texts(&node, RUN).await, ["started", "working", "stopped"]);
    assert_eq!(node.head(ACME).await.unwrap(), Some(Position(4)));
    assert_eq!(head(&node, RUN).await.sealed_seq, 0);
}

#[tokio::test]
async fn of_two_workers_that_take_a_lease_one_has_it() {
    let database = Database::fresh().await.unwrap();
    let (node, other) = (store(&database).await, store(&database).await);
    open(&node, ACME, RUN).await;
    let take = || vec![row(RUN, at(0, 0), vec![RunStep::Fence])];
    let (first, second) = join(
        node.append(transition(ACME, "first", take())),
        other.append(transition(ACME, "second", take())),
    )
    .await;
    assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
    assert_eq!(head(&node, RUN).await.lease_epoch, 1);
}

#[tokio::test]
async fn places_run_on_across_segments_and_seals() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let first = vec![frames(&["a", "b"]), RunStep::Seal];
    let first = row(RUN, RunGuard::Any, first);
    store
        .append(transition(ACME, "first", vec![first]))
        .await
        .unwrap();
    let again = vec![RunStep::NextSegment, frames(&["c"])];
    let again = row(RUN, at(2, 0), again);
    store
        .append(transition(ACME, "again", vec![again]))
        .await
        .unwrap();
    store
        .append_frames(ACME, RUN, 0, 3, &[frame("d")])
        .await
        .unwrap();
    let places: Vec<(i64, i32)> = super::all(&store, RUN)
        .await
        .iter()
        .map(|frame| (frame.cursor.seq, frame.segment))
        .collect();
    assert_eq!(places, [(1, 1), (2, 1), (3, 2), (4, 2)]);
    let head = head(&store, RUN).await;
    assert_eq!((head.sealed_seq, head.last_seq, head.segment), (2, 4, 2));
    let opened = store.append(transition(
        ACME,
        "open again",
        vec![row(RUN, RunGuard::Any, vec![RunStep::Open])],
    ));
    let opened = opened.await.unwrap_err();
    assert!(
        matches!(
            opened,
            AppendError::RunRefused {
                refusal: RunRefusal::Open,
                ..
            }
        ),
        "{opened}"
    );
    store
        .append(transition(ACME, "said", vec![said(RUN, &["e"])]))
        .await
        .unwrap();
    assert_eq!(texts(&store, RUN).await.concat(), "abcde");
}
