//! A viewer is shown every frame once and in order, wherever it comes in, or is told why not.

use std::pin::pin;
use std::time::{Duration, Instant};

use cinatra_domain::kernel::Class;
use cinatra_domain::kernel::Coded as _;
use cinatra_eventstore::{
    Cursor, EventStore, Frame, NewFrame, ReadError, ResetReason, RunGuard, RunPage, RunStep,
    RunTail, Viewed,
};
use cinatra_tests::Database;
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use super::super::{ACME, OTHER, store};
use super::{OTHER_RUN, RUN, all, frame, head, open, row, text, transition};

/// Longer than any test needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many frames more, each of so many bytes at least.
async fn fill(store: &EventStore, count: usize, bytes: usize) {
    let mut last = head(store, RUN).await.last_seq;
    let frames: Vec<NewFrame> = (1..=count)
        .map(|number| frame(format!("{number}:{}", "x".repeat(bytes))))
        .collect();
    for some in frames.chunks(100) {
        last = store.append_frames(ACME, RUN, 0, last, some).await.unwrap();
    }
}

/// The next so many frames, which are all that there are.
async fn take(
    viewing: &mut (impl Stream<Item = Result<Viewed, ReadError>> + Unpin),
    count: usize,
) -> Vec<Frame> {
    let mut frames = Vec::with_capacity(count);
    while frames.len() < count {
        match timeout(PATIENCE, viewing.next()).await.unwrap() {
            Some(Ok(Viewed::Frames(some))) => frames.extend_from_slice(&some),
            other => panic!("{other:?} after {}", frames.len()),
        }
    }
    assert_eq!(frames.len(), count, "and nobody has written more");
    frames
}

async fn reset(tail: &RunTail, cursor: Cursor) -> (ResetReason, Option<Cursor>) {
    let mut viewing = pin!(tail.view(cursor));
    let first = timeout(PATIENCE, viewing.next()).await.unwrap();
    assert!(viewing.next().await.is_none(), "nothing comes after it");
    match first {
        Some(Ok(Viewed::Reset { reason, start })) => (reason, start),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_that_comes_back_at_any_place_sees_what_one_saw_that_stayed() {
    const COUNT: usize = 2_000;
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let tail = store.run_tail(ACME, RUN);
    let mut stayed = pin!(tail.view(Cursor::START));
    let (shown, ()) = tokio::join!(take(&mut stayed, COUNT), fill(&store, COUNT, 4));
    assert_eq!(shown, all(&store, RUN).await);
    let mut cursors = vec![Cursor::START, Cursor { epoch: 1, seq: 0 }];
    cursors.extend(shown.iter().map(|frame| frame.cursor));
    for cursor in cursors {
        let seen = usize::try_from(cursor.seq).unwrap();
        let mut back = pin!(tail.view(cursor));
        let rest = take(&mut back, COUNT - seen).await;
        assert_eq!(rest, shown[seen..], "from {cursor}");
    }
    // And by pages of the log itself, whatever is in memory.
    for seen in (0..=COUNT).step_by(97) {
        let cursor = Cursor {
            epoch: 1,
            seq: i64::try_from(seen).unwrap(),
        };
        let page = store.read_frames(ACME, RUN, cursor, 5_000).await.unwrap();
        let RunPage::Frames { frames, .. } = page else {
            panic!("{page:?}")
        };
        assert_eq!(frames, shown[seen..], "from {cursor}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_viewer_costs_no_memory_and_misses_nothing() {
    const COUNT: usize = 3_000;
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let tail = store.run_tail(ACME, RUN);
    let (mut fast, mut slow) = (
        pin!(tail.view(Cursor::START)),
        pin!(tail.view(Cursor::START)),
    );
    fill(&store, 1, 900).await;
    let mut seen = take(&mut slow, 1).await;
    let (shown, ()) = tokio::join!(take(&mut fast, COUNT + 1), fill(&store, COUNT, 900));
    let (frames, bytes) = tail.held();
    assert!(frames <= 1_024 && bytes <= 1024 * 1024, "{frames}, {bytes}");
    seen.extend(take(&mut slow, COUNT).await);
    assert_eq!(seen, shown);
    // Both are at the end, and go on together.
    let sent = fill(&store, 3, 1);
    let (fast, slow, ()) = tokio::join!(take(&mut fast, 3), take(&mut slow, 3), sent);
    assert_eq!(fast, slow);
    // Whoever was shown them by the log was faster than the one who reads for all.
    let are_kept = async {
        while tail.held().0 == 0 {
            fill(&store, 1, 1).await;
        }
    };
    timeout(PATIENCE, are_kept).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_of_one_node_see_what_another_writes() {
    let database = Database::fresh().await.unwrap();
    let (node, other) = (store(&database).await, store(&database).await);
    open(&node, ACME, RUN).await;
    let (ours, theirs) = (node.run_tail(ACME, RUN), other.run_tail(ACME, RUN));
    let (mut here, mut there) = (
        pin!(ours.view(Cursor::START)),
        pin!(theirs.view(Cursor::START)),
    );
    for (turn, writer) in [&node, &other, &node, &other].into_iter().enumerate() {
        let last = i64::try_from(turn).unwrap();
        let sent = [frame(turn.to_string())];
        writer
            .append_frames(ACME, RUN, 0, last, &sent)
            .await
            .unwrap();
        let asked = Instant::now();
        let (a, b) = tokio::join!(take(&mut here, 1), take(&mut there, 1));
        assert_eq!((&a, text(&a[0])), (&b, turn.to_string()));
        assert!(asked.elapsed() < Duration::from_secs(5));
    }
    // A transition that a command writes is heard too.
    let said = super::said(RUN, &["told"]);
    other
        .append(transition(ACME, "told", vec![said]))
        .await
        .unwrap();
    assert_eq!(text(&take(&mut here, 1).await[0]), "told");
}

/// One reads for all: whoever waited for its turn to read meanwhile finds what was read, instead of the next ring.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_watches_with_many_waits_for_a_frame_that_another_has_read() {
    const VIEWERS: usize = 50;
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    let tail = store.run_tail(ACME, RUN);
    let mut viewers: Vec<_> = (0..VIEWERS)
        .map(|_| Box::pin(tail.view(Cursor { epoch: 1, seq: 0 })))
        .collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        let mut viewing = JoinSet::new();
        for mut viewer in viewers.drain(..) {
            viewing.spawn(async move {
                let began = Instant::now();
                take(&mut viewer, 1).await;
                (viewer, began.elapsed())
            });
        }
        fill(&store, 1, 1).await;
        for (viewer, took) in viewing.join_all().await {
            viewers.push(viewer);
            slowest = slowest.max(took);
        }
    }
    assert!(slowest < Duration::from_millis(900), "{slowest:?}");
}

/// Without the bell a look is up to a second away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bell_of_a_run_rings_at_once_and_for_that_run_only() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    open(&store, ACME, OTHER_RUN).await;
    let (mut watch, mut other) = (store.watch_run(ACME, RUN), store.watch_run(ACME, OTHER_RUN));
    // The node's own look, which finds runs that it was told nothing of yet.
    tokio::join!(watch.changed(), other.changed());
    let mut quickest = PATIENCE;
    for number in 0..8 {
        let name = number.to_string();
        let written = async {
            let said = vec![super::said(RUN, &[&name])];
            store.append(transition(ACME, &name, said)).await.unwrap();
            Instant::now()
        };
        let heard = async {
            watch.changed().await;
            Instant::now()
        };
        let (written, heard) = tokio::join!(written, heard);
        quickest = quickest.min(heard.saturating_duration_since(written));
    }
    assert!(quickest < Duration::from_millis(100), "{quickest:?}");
    let waited = Instant::now();
    let (written, ()) = tokio::join!(store.append_frames(ACME, RUN, 0, 8, &[]), other.changed());
    written.unwrap();
    let waited = waited.elapsed();
    assert!(waited >= Duration::from_millis(900), "{waited:?}");
}

#[tokio::test]
async fn a_cursor_that_cannot_be_gone_on_from_is_told_why() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store.create_ledger(OTHER).await.unwrap();
    open(&store, ACME, RUN).await;
    fill(&store, 10, 1).await;
    let tail = store.run_tail(ACME, RUN);
    let at = |epoch, seq| Cursor { epoch, seq };
    let start = |epoch, seq| Some(at(epoch, seq));
    let future = (ResetReason::Future, start(1, 0));
    assert_eq!(reset(&tail, at(1, 11)).await, future);
    let foreign = (ResetReason::ForeignEpoch, start(1, 0));
    assert_eq!(reset(&tail, at(2, 3)).await, foreign);
    assert_eq!(reset(&tail, at(0, 3)).await, foreign);

    let superuser = database.superuser().await.unwrap();
    let trim = include_str!("../sql/trim_run.sql");
    superuser.execute(trim, &[&RUN, &4_i64]).await.unwrap();
    let trimmed = (ResetReason::Trimmed, start(1, 4));
    for cursor in [Cursor::START, at(1, 0), at(1, 3)] {
        assert_eq!(reset(&tail, cursor).await, trimmed, "{cursor}");
    }
    let mut anew = pin!(tail.view(at(1, 4)));
    assert_eq!(take(&mut anew, 6).await[0].cursor, at(1, 5));

    let gone = (ResetReason::Gone, None);
    assert_eq!(
        reset(&store.run_tail(ACME, OTHER_RUN), at(1, 1)).await,
        gone
    );
    let elsewhere = reset(&store.run_tail(OTHER, RUN), Cursor::START).await;
    assert_eq!(elsewhere, gone, "another organization's run is nobody's");
}

#[tokio::test]
async fn a_viewer_at_the_end_is_told_of_a_loss_and_of_the_end_of_the_log() {
    let database = Database::fresh().await.unwrap();
    let (node, other) = (store(&database).await, store(&database).await);
    open(&node, ACME, RUN).await;
    fill(&node, 10, 1).await;
    let tail = node.run_tail(ACME, RUN);
    let mut viewing = pin!(tail.view(Cursor::START));
    take(&mut viewing, 10).await;
    let superuser = database.superuser().await.unwrap();
    let loss = include_str!("../sql/declare_loss.sql");
    superuser.execute(loss, &[&RUN]).await.unwrap();
    let told = timeout(PATIENCE, viewing.next()).await.unwrap();
    let start = Some(Cursor { epoch: 2, seq: 0 });
    let reason = ResetReason::ForeignEpoch;
    assert_eq!(told.unwrap().unwrap(), Viewed::Reset { reason, start });

    // Whoever starts anew follows the next epoch.
    let mut viewing = pin!(tail.view(Cursor::START));
    fill(&node, 2, 1).await;
    let next = take(&mut viewing, 2).await;
    assert_eq!(next[1].cursor, Cursor { epoch: 2, seq: 2 });
    let deleted = row(RUN, RunGuard::Any, vec![RunStep::Delete]);
    other
        .append(transition(ACME, "delete", vec![deleted]))
        .await
        .unwrap();
    let told = timeout(PATIENCE, viewing.next()).await.unwrap();
    let (reason, start) = (ResetReason::Gone, None);
    assert_eq!(told.unwrap().unwrap(), Viewed::Reset { reason, start });
}

#[tokio::test]
async fn a_frame_that_is_missing_is_never_passed_over() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    fill(&store, 10, 1).await;
    let superuser = database.superuser().await.unwrap();
    let lose = include_str!("../sql/lose_frame.sql");
    for (lost, expected) in [(10_i64, 10), (5, 5), (1, 1)] {
        superuser.execute(lose, &[&RUN, &lost]).await.unwrap();
        let tail = store.run_tail(ACME, RUN);
        let viewing = tail.view(Cursor::START);
        let seen: Vec<_> = viewing.take(11).collect().await;
        let Some(Err(error)) = seen.last() else {
            panic!("{seen:?}")
        };
        assert_eq!(
            (error.class(), error.code()),
            (Class::Corrupt, "RUN_LOG_HOLE")
        );
        let hole =
            matches!(error, ReadError::RunHole { expected: place, .. } if *place == expected);
        assert!(hole, "{error}");
    }
}

/// The one who reads for all finds it, and each who waits is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_at_the_end_is_told_that_the_log_is_broken() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    fill(&store, 10, 1).await;
    let tail = store.run_tail(ACME, RUN);
    let mut viewers: Vec<_> = (0..3).map(|_| Box::pin(tail.view(Cursor::START))).collect();
    for viewing in &mut viewers {
        take(viewing, 10).await;
    }
    let superuser = database.superuser().await.unwrap();
    let claim = include_str!("../sql/claim_frame.sql");
    superuser.execute(claim, &[&RUN]).await.unwrap();
    for viewing in &mut viewers {
        let told = timeout(PATIENCE, viewing.next()).await.unwrap();
        let error = told.unwrap().unwrap_err();
        assert_eq!(error.code(), "RUN_LOG_HOLE", "{error}");
    }
}

#[tokio::test]
async fn nothing_is_read_for_all_when_nobody_watches_any_more() {
    const RUNS: u128 = 100;
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let tails: Vec<_> = (0..RUNS)
        .map(|number| store.run_tail(ACME, Uuid::from_u128(number)))
        .collect();
    assert!(tasks() >= before + tails.len());
    let half = before + tails.len() / 2;
    for tail in &tails {
        assert_eq!(reset(tail, Cursor::START).await.0, ResetReason::Gone);
    }
    drop(tails);
    // A connection of the pool is a task too.
    let ended = async {
        while tasks() >= half {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
}

/// More viewers than there are connections begin to look, and nobody attends to them any more: their clients are slow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_whose_clients_are_slow_keep_nobody_from_the_log() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    fill(&store, 3, 4).await;
    let tail = store.run_tail(ACME, RUN);
    let mut slow: Vec<_> = (0..40)
        .map(|_| Box::pin(tail.view(Cursor::START)))
        .collect();
    for viewing in &mut slow {
        assert!(futures_util::poll!(viewing.next()).is_pending());
    }
    let mut viewing = pin!(tail.view(Cursor::START));
    assert_eq!(take(&mut viewing, 3).await.len(), 3);
    for viewing in &mut slow {
        assert_eq!(take(viewing, 3).await.len(), 3);
    }
}

/// Whoever reads a log page by page holds little of it, however large frames are; and comes on even by one that is larger.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_large_frames_is_short_and_never_empty() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    open(&store, ACME, RUN).await;
    for (count, bytes) in [(4, 100_000), (2, 900_000), (5, 1)] {
        fill(&store, count, bytes).await;
    }
    let (mut cursor, mut pages) = (Cursor::START, Vec::new());
    loop {
        let page = store.read_frames(ACME, RUN, cursor, 4).await.unwrap();
        let RunPage::Frames { frames, .. } = page else {
            panic!("{page:?}");
        };
        let Some(last) = frames.last() else { break };
        cursor = last.cursor;
        pages.push(frames.len());
    }
    // A page of more than 256 kB has no further frame: three large ones, the fourth with one that is larger, and so on.
    assert_eq!(pages, [3, 2, 1, 4, 1]);
}
