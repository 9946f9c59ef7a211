//! Frames commit with their transition, one after the other, whoever writes.

use std::collections::BTreeMap;

use cinatra_domain::kernel::Position;
use cinatra_eventstore::{
    AppendError, EventStore, Expected, IdentityRow, NewFrame, NewMail, Role, RunGuard, RunRefusal,
    RunStep, SideRow,
};
use cinatra_tests::Database;
use futures_util::future::{join_all, join4};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::super::{ACME, OTHER, append, store};
use super::{OTHER_RUN, RUN, all, at, frame, head, open, row, said, text, texts, transition};

/// Writes frames alone until the head is where this writer believes; answers how often it was not.
async fn insist(store: &EventStore, frames: &[NewFrame]) -> u32 {
    let mut refused = 0;
    loop {
        let head = head(store, RUN).await;
        let written = store.append_frames(ACME, RUN, 0, head.last_seq, frames);
        match written.await {
            Ok(last) => {
                assert_eq!(last, head.last_seq + i64::try_from(frames.len()).unwrap());
                return refused;
            }
            Err(AppendError::RunRefused {
                refusal: RunRefusal::Moved { last_seq },
                ..
            }) => {
                assert!(last_seq > head.last_seq, "a head only grows");
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Half of the writers are commands, half write frames alone, in two nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_are_contiguous_whatever_sixteen_writers_do() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    open(&stores[0], ACME, RUN).await;
    let writing = (0..16_usize).map(|writer| {
        let store = stores[writer / 2 % 2].clone();
        tokio::spawn(async move {
            let mut refused = 0;
            for turn in 0..12 {
                let name = |part: u32| format!("{writer}:{turn}:{part}");
                if writer % 2 == 0 {
                    let names = [name(0), name(1)];
                    let said = said(RUN, &[&names[0], &names[1]]);
                    let append = transition(ACME, &format!("{writer}-{turn}"), vec![said]);
                    store.append(append).await.unwrap();
                } else {
                    refused += insist(&store, &[frame(name(0)), frame(name(1))]).await;
                }
            }
            refused
        })
    });
    let refused: u32 = join_all(writing)
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum();
    assert!(
        refused > 0,
        "nobody was in another's way: nothing was tried"
    );
    let frames = all(&stores[0], RUN).await;
    assert_eq!(frames.len(), 16 * 12 * 2);
    let mut expected: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (place, frame) in frames.iter().enumerate() {
        assert_eq!(frame.cursor.seq, i64::try_from(place).unwrap() + 1);
        let name = text(frame);
        let writer = name.split(':').next().unwrap().parse().unwrap();
        expected.entry(writer).or_default().push(name);
    }
    for (writer, names) in expected {
        let own: Vec<String> = (0..12)
            .flat_map(|turn| [format!("{writer}:{turn}:0"), format!("{writer}:{turn}:1")])
            .collect();
        assert_eq!(names, own, "in the writer's order, each once");
    }
    assert_eq!(head(&stores[1], RUN).await.last_seq, 16 * 12 * 2);
}

#[tokio::test]
async fn an_append_that_is_wrong_about_a_log_fails_alone() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store.create_ledger(OTHER).await.unwrap();
    for (tenant, run) in [(ACME, RUN), (ACME, OTHER_RUN), (OTHER, RUN)] {
        open(&store, tenant, run).await;
    }
    store
        .append_frames(ACME, RUN, 0, 0, &[frame("a")])
        .await
        .unwrap();
    let stale = row(RUN, at(0, 0), vec![super::frames(&["lost"])]);
    let own = row(RUN, at(1, 0), vec![super::frames(&["b", "c"])]);
    let (refused, made, plain, other) = join4(
        store.append(transition(
            ACME,
            "stale",
            vec![said(OTHER_RUN, &["lost"]), stale],
        )),
        store.append(transition(ACME, "own", vec![own])),
        store.append(transition(ACME, "plain", Vec::new())),
        store.append(transition(OTHER, "other", vec![said(RUN, &["of another"])])),
    )
    .await;
    let moved = |error: &AppendError| {
        matches!(
            error,
            AppendError::RunRefused {
                run_id: RUN,
                refusal: RunRefusal::Moved { .. }
            }
        )
    };
    assert!(refused.as_ref().is_err_and(moved), "{refused:?}");
    for done in [made, plain, other] {
        assert!(done.unwrap().repeated.is_none());
    }
    assert_eq!(texts(&store, RUN).await, ["a", "b", "c"]);
    assert_eq!(
        texts(&store, OTHER_RUN).await,
        [""; 0],
        "all of an append or nothing"
    );
    let command = append("stale", "stale", Expected::Any, &[], Vec::new()).command;
    let known = store.command(ACME, command.command_id).await.unwrap();
    assert!(known.is_none(), "its event was not written");
    assert_eq!(store.head(ACME).await.unwrap(), Some(Position(4)));
}

/// The second is judged by what the first one of the same batch leaves.
#[tokio::test]
async fn appends_of_one_batch_follow_each_other_in_the_log() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let appends = (0..20).map(|number| {
        let name = number.to_string();
        store.append(transition(ACME, &name, vec![said(RUN, &[&name])]))
    });
    for made in join_all(appends).await {
        made.unwrap();
    }
    let mut numbers: Vec<u32> = texts(&store, RUN)
        .await
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    let rivals = (0..6).map(|number| {
        let one = row(RUN, at(20, 0), vec![super::frames(&["the one"])]);
        store.append(transition(ACME, &format!("rival-{number}"), vec![one]))
    });
    let made = join_all(rivals).await.into_iter().flatten();
    assert_eq!(made.count(), 1, "one of six that believe the same");
    assert_eq!(head(&store, RUN).await.last_seq, 21);
}

#[tokio::test]
async fn a_transition_and_its_frames_commit_or_vanish_together() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let made = transition(ACME, "made", vec![said(RUN, &["made"])]);
    store.append(made.clone()).await.unwrap();
    // The stream is not new any more.
    let mut conflicting = transition(ACME, "made", vec![said(RUN, &["conflicting"])]);
    conflicting.command = append("other", "other", Expected::Any, &[], Vec::new()).command;
    assert!(store.append(conflicting).await.unwrap_err().is_conflict());
    // A row after the frames is refused by the database.
    let mail = || {
        SideRow::Identity(IdentityRow::PutMail(NewMail {
            mail_id: Uuid::from_u128(1),
            user_id: None,
            recipient_key: "k".to_owned(),
            recipient: "jane@example.com".to_owned(),
            subject: "Hello".to_owned(),
            body: "Hello".to_owned(),
        }))
    };
    let twice = vec![said(RUN, &["refused"]), mail(), mail()];
    assert!(
        store
            .append(transition(ACME, "refused", twice))
            .await
            .is_err()
    );
    assert_eq!(texts(&store, RUN).await, ["made"]);
    // The same command again writes nothing, whatever the log has become since.
    for _ in 0..2 {
        assert!(store.append(made.clone()).await.unwrap().repeated.is_some());
    }
    let guarded = row(RUN, at(1, 0), vec![super::frames(&["once"])]);
    let guarded = transition(ACME, "guarded", vec![guarded]);
    assert!(
        store
            .append(guarded.clone())
            .await
            .unwrap()
            .repeated
            .is_none()
    );
    assert!(store.append(guarded).await.unwrap().repeated.is_some());
    assert_eq!(texts(&store, RUN).await, ["made", "once"]);
    let unknown = store.append(transition(ACME, "x", vec![said(OTHER_RUN, &["x"])]));
    let unknown = unknown.await.unwrap_err();
    assert!(
        matches!(
            unknown,
            AppendError::RunRefused {
                refusal: RunRefusal::Unknown,
                run_id: OTHER_RUN
            }
        ),
        "{unknown}"
    );
    assert_eq!(store.head(ACME).await.unwrap(), Some(Position(3)));
}

/// Connections of the lanes are lost over and over. Whoever is told that the outcome is unknown asks again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_has_its_frame_when_connections_are_lost_between_any_two_statements() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let superuser = database.superuser().await.unwrap();
    let ending = tokio::spawn(async move {
        let mut ended = 0;
        loop {
            let rows = superuser.query_one(include_str!("../sql/end_lanes.sql"), &[]);
            ended += rows.await.unwrap().get::<_, i64>(0);
            if ended >= 12 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(7)).await;
        }
    });
    let mut number = 0;
    while !ending.is_finished() {
        let appends = (0..8).map(|part| {
            let (store, name) = (&store, format!("{number}-{part}"));
            async move {
                let said = || transition(ACME, &name, vec![said(RUN, &[&name])]);
                while let Err(error) = store.append(said()).await {
                    assert!(
                        matches!(
                            error,
                            AppendError::OutcomeUnknown | AppendError::Unavailable { .. }
                        ),
                        "{error}"
                    );
                }
            }
        });
        join_all(appends).await;
        number += 1;
    }
    ending.await.unwrap();
    let mut shown = texts(&store, RUN).await;
    let events = store.read_ledger(ACME, Position(1), 100_000).await.unwrap();
    let mut told: Vec<String> = events
        .iter()
        .map(|event| event.stream.id().to_owned())
        .collect();
    assert_eq!(shown.len(), number * 8);
    shown.sort_unstable();
    told.sort_unstable();
    assert_eq!(shown, told);
}

#[tokio::test]
async fn a_log_that_is_deleted_is_gone_with_its_frames_and_no_other_is() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store.create_ledger(OTHER).await.unwrap();
    for (tenant, run) in [(ACME, RUN), (ACME, OTHER_RUN), (OTHER, RUN)] {
        open(&store, tenant, run).await;
        let key = format!("say-{run}");
        let said = transition(tenant, &key, vec![said(run, &["a", "b"])]);
        store.append(said).await.unwrap();
    }
    let steps = vec![super::frames(&["last words"]), RunStep::Delete];
    let deleted = row(RUN, RunGuard::Any, steps);
    store
        .append(transition(ACME, "delete", vec![deleted]))
        .await
        .unwrap();
    assert!(store.run_head(ACME, RUN).await.unwrap().is_none());
    let late = store.append_frames(ACME, RUN, 0, 2, &[frame("late")]).await;
    assert!(
        matches!(
            late,
            Err(AppendError::RunRefused {
                refusal: RunRefusal::Unknown,
                ..
            })
        ),
        "{late:?}"
    );
    let superuser = database.superuser().await.unwrap();
    let left = superuser
        .query(include_str!("../sql/list_frames.sql"), &[])
        .await
        .unwrap();
    assert_eq!(
        left.len(),
        4,
        "those of the other run and of the other organization"
    );
    assert_eq!(texts(&store, OTHER_RUN).await, ["a", "b"]);
}

#[tokio::test]
async fn what_viewers_were_shown_cannot_be_changed() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    store
        .append_frames(ACME, RUN, 0, 0, &[frame("a")])
        .await
        .unwrap();
    let change = include_str!("../sql/change_frame.sql");
    let config = Role::Unscoped.connect(&database.url.parse().unwrap());
    let (ledger, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let superuser = database.superuser().await.unwrap();
    for client in [ledger, superuser] {
        let refused = client.execute(change, &[&RUN]).await.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    }
    let large = NewFrame {
        channel: 0,
        data: vec![b'x'; NewFrame::BYTES_MAX + 1],
    };
    for refused in [
        store
            .append_frames(ACME, RUN, 0, 1, std::slice::from_ref(&large))
            .await
            .map(drop),
        store
            .append(transition(
                ACME,
                "l",
                vec![row(
                    RUN,
                    RunGuard::Any,
                    vec![RunStep::Frames(vec![large.clone()])],
                )],
            ))
            .await
            .map(drop),
        store
            .append(transition(
                ACME,
                "t",
                vec![said(RUN, &["x"]), said(RUN, &["y"])],
            ))
            .await
            .map(drop),
    ] {
        assert!(
            matches!(refused, Err(AppendError::Malformed(_))),
            "{refused:?}"
        );
    }
}
