//! Many writers, in one process and in two: order, uniqueness and fairness to the innocent.

use cinatra_domain::kernel::{Position, Revision, StreamId};
use cinatra_eventstore::{AppendError, Condition, EventStore, Expected, Verdict};
use cinatra_tests::Database;
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::{ACME, append, store, tags};

async fn assert_intact(store: &EventStore, events: i64) {
    match store.verify(ACME, &|_, _| {}).await.unwrap() {
        Verdict::Intact { head, .. } => assert_eq!(head, Position(events)),
        Verdict::Tampered { position, finding } => panic!("{finding:?} at {position}"),
    }
}

/// Two stores are two processes as far as the database can tell: each has lanes and a memory of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_on_one_ledger_leave_no_gap_and_no_duplicate() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let own_streams = (0..64_usize).map(|client| {
        let store = stores[client % 2].clone();
        async move {
            for turn in 0..15_i64 {
                let expected = if turn == 0 {
                    Expected::NoStream
                } else {
                    Expected::At(Revision(turn - 1))
                };
                let key = format!("own-{client}-{turn}");
                let appended = store
                    .append(append(
                        &key,
                        &format!("own-{client}"),
                        expected,
                        &["t:own"],
                        vec![],
                    ))
                    .await
                    .unwrap();
                assert_eq!(appended.first, appended.last);
            }
        }
    });
    join_all(own_streams).await;
    assert_intact(&stores[0], 64 * 15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_both_processes_write_has_each_revision_once() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let shared = StreamId::new("extension", "shared");
    let clients = (0..8_usize).map(|client| {
        let (store, shared) = (stores[client % 2].clone(), shared.clone());
        async move {
            let mut conflicts = 0;
            for turn in 0..10 {
                loop {
                    let events = store.read_stream(ACME, &shared, None, 1_000).await.unwrap();
                    let expected = events
                        .last()
                        .map_or(Expected::NoStream, |e| Expected::At(e.revision));
                    let key = format!("shared-{client}-{turn}-{conflicts}");
                    match store
                        .append(append(&key, "shared", expected, &[], vec![]))
                        .await
                    {
                        Ok(_) => break,
                        Err(error) => assert!(error.is_conflict(), "{error}"),
                    }
                    conflicts += 1;
                }
            }
            conflicts
        }
    });
    let conflicts: i32 = join_all(clients).await.into_iter().sum();
    assert!(conflicts > 0, "the clients never met");
    let events = stores[1]
        .read_stream(ACME, &shared, None, 1_000)
        .await
        .unwrap();
    let revisions: Vec<i64> = events.iter().map(|event| event.revision.0).collect();
    assert_eq!(revisions, (0..80).collect::<Vec<_>>());
    assert_intact(&stores[0], 80).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_sent_many_times_at_once_happens_once() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let sent = (0..40_usize).map(|number| {
        let store = stores[number % 2].clone();
        async move {
            store
                .append(append("same", "one", Expected::NoStream, &[], vec![]))
                .await
        }
    });
    let answers: Vec<_> = join_all(sent)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(
        answers
            .iter()
            .all(|a| (a.first, a.last) == (Position(1), Position(1)))
    );
    assert_eq!(answers.iter().filter(|a| a.repeated.is_none()).count(), 1);
    assert_intact(&stores[0], 1).await;
}

#[tokio::test]
async fn a_command_id_with_another_request_is_refused() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store
        .append(append("key", "one", Expected::Any, &[], vec![]))
        .await
        .unwrap();
    let mut other = append("key", "one", Expected::Any, &[], vec![]);
    other.command.request_hash = [9; 32];
    let refused = store.append(other).await;
    assert!(
        matches!(refused, Err(AppendError::CommandReused)),
        "{refused:?}"
    );
    assert_intact(&store, 1).await;
}

/// The second store has never seen the stream, so its batch meets the unique index.
#[tokio::test]
async fn a_stream_that_is_not_new_fails_alone() {
    let database = Database::fresh().await.unwrap();
    let (first, second) = (store(&database).await, store(&database).await);
    first
        .append(append("a", "taken", Expected::NoStream, &[], vec![]))
        .await
        .unwrap();
    let batch = (0..20).map(|number| {
        let (store, name) = (second.clone(), format!("new-{number}"));
        let stream = if number == 7 {
            "taken".to_owned()
        } else {
            name.clone()
        };
        async move {
            store
                .append(append(&name, &stream, Expected::NoStream, &[], vec![]))
                .await
        }
    });
    let answers = join_all(batch).await;
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(_) => assert_ne!(number, 7),
            Err(AppendError::Conflict { actual, .. }) => {
                assert_eq!((number, *actual), (7, Some(Revision(0))));
            }
            Err(error) => panic!("{number}: {error}"),
        }
    }
    assert_intact(&first, 20).await;
}

/// NUL is legal in a Rust string and refused by the database: nobody else may suffer for it.
#[tokio::test]
async fn an_append_that_the_database_refuses_fails_alone() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let batch = (0..20).map(|number| {
        let (store, name) = (store.clone(), format!("s-{number}"));
        async move {
            let mut command = append(&name, &name, Expected::NoStream, &[], vec![]);
            if number == 3 {
                command.command.outcome = "nul\0".to_owned();
            }
            store.append(command).await
        }
    });
    let failed: Vec<_> = join_all(batch).await.iter().map(Result::is_err).collect();
    assert_eq!(failed.iter().filter(|failed| **failed).count(), 1);
    assert!(failed[3]);
    assert_intact(&store, 19).await;
}

#[tokio::test]
async fn a_condition_sees_what_another_process_appended() {
    let database = Database::fresh().await.unwrap();
    let (ours, theirs) = (store(&database).await, store(&database).await);
    ours.append(append("a", "a", Expected::NoStream, &["t:other"], vec![]))
        .await
        .unwrap();
    let (_, at) = ours.events_by_tag(ACME, &tags(&["t:x"])).await.unwrap();
    theirs
        .append(append("b", "b", Expected::NoStream, &["t:x"], vec![]))
        .await
        .unwrap();
    let condition = || {
        vec![Condition {
            tags: tags(&["t:x"]),
            after: at,
            proof: None,
        }]
    };
    let refused = ours
        .append(append("c", "c", Expected::NoStream, &[], condition()))
        .await;
    assert!(matches!(
        refused,
        Err(AppendError::ConditionFailed {
            position: Position(2),
            ..
        })
    ));
    let other = || {
        vec![Condition {
            tags: tags(&["t:y"]),
            after: Position::START,
            proof: None,
        }]
    };
    ours.append(append("d", "d", Expected::NoStream, &[], other()))
        .await
        .unwrap();
    assert_intact(&ours, 3).await;
}

#[tokio::test]
async fn a_stream_named_behind_its_end_is_refused() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store
        .append(append("a", "a", Expected::NoStream, &[], vec![]))
        .await
        .unwrap();
    let ahead = store
        .append(append("b", "a", Expected::At(Revision(5)), &[], vec![]))
        .await;
    assert!(matches!(
        ahead,
        Err(AppendError::Conflict {
            actual: Some(Revision(0)),
            ..
        })
    ));
    let unknown = store
        .append(append("c", "never", Expected::At(Revision(0)), &[], vec![]))
        .await;
    assert!(
        matches!(unknown, Err(AppendError::Conflict { actual: None, .. })),
        "{unknown:?}"
    );
    assert_intact(&store, 1).await;
}

#[tokio::test]
async fn a_subscription_catches_up_and_goes_on_without_a_hole() {
    let database = Database::fresh().await.unwrap();
    let (ours, theirs) = (store(&database).await, store(&database).await);
    for number in 0..5 {
        let name = format!("before-{number}");
        ours.append(append(&name, &name, Expected::NoStream, &[], vec![]))
            .await
            .unwrap();
    }
    let reader = tokio::spawn({
        let ours = ours.clone();
        async move {
            let events = Box::pin(ours.subscribe(ACME, Position(2))).take(8);
            events
                .map(|event| event.unwrap().position.0)
                .collect::<Vec<_>>()
                .await
        }
    });
    for number in 0..5 {
        let name = format!("after-{number}");
        let store = if number % 2 == 0 { &ours } else { &theirs };
        store
            .append(append(&name, &name, Expected::NoStream, &[], vec![]))
            .await
            .unwrap();
    }
    assert_eq!(reader.await.unwrap(), (3..=10).collect::<Vec<_>>());
}
