//! Rebuilding while the live build serves, from another process, and nobody notices.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use cinatra_domain::kernel::{Coded as _, Position};
use cinatra_projections::{
    Freshness, Keyset, Options, Phase, Progress, Projections, ViewerScope, audit_events,
    extension_catalog,
};
use tokio::sync::watch;

use super::{ACME, History, OTHER, System, digested};

fn never_hold_up() -> Options {
    Options {
        hold_up_max: Duration::ZERO,
        ..Options::default()
    }
}

/// Reads in a loop: the audit never shrinks, positions never go back, own writes are always there.
async fn read(
    projections: Projections,
    written: Arc<AtomicI64>,
    reads: Arc<AtomicU64>,
    stopped: watch::Receiver<bool>,
) {
    let viewer = ViewerScope::new(ACME);
    let mut seen = Position::START;
    while !*stopped.borrow() {
        let min_pos = Position(written.load(Ordering::SeqCst));
        let fresh = Freshness {
            min_pos: Some(min_pos.max(seen)),
            strict: true,
        };
        let (filter, keyset) = (audit_events::Filter::default(), Keyset::first(1));
        let answer = audit_events::list(&projections, &viewer, &filter, &keyset, fresh)
            .await
            .unwrap();
        assert!(answer.at >= seen, "{} after {seen}", answer.at);
        // Every event of the ledger is a row, so the newest row is the position.
        let newest = answer.rows.items.first().map(|item| item.position);
        assert_eq!(newest.unwrap_or_default(), answer.at);
        seen = answer.at;
        let filter = extension_catalog::Filter::default();
        let fresh = Freshness {
            min_pos: Some(min_pos),
            strict: true,
        };
        let catalogue =
            extension_catalog::list(&projections, &viewer, &filter, &Keyset::default(), fresh)
                .await
                .unwrap();
        assert!(catalogue.at >= min_pos);
        reads.fetch_add(2, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rebuilding_everything_disturbs_neither_readers_nor_writers() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 50);
    let first = acme.live(&system.store, 6_000, 50).await;
    History::of(OTHER, 5).live(&system.store, 500, 25).await;
    system.settle().await;
    let (stop, stopped) = watch::channel(false);
    let written = Arc::new(AtomicI64::new(first.0));
    let reads = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for _ in 0..3 {
        tasks.push(tokio::spawn(read(
            system.projections.clone(),
            Arc::clone(&written),
            Arc::clone(&reads),
            stopped.clone(),
        )));
    }
    let (store, writes) = (system.store.clone(), Arc::clone(&written));
    let appending = tokio::spawn(async move {
        while !*stopped.borrow() {
            let last = acme.live(&store, 3, 1).await;
            writes.store(last.0, Ordering::SeqCst);
        }
    });
    let mut rebuilding = system.beside(Options::default()).await;
    for round in 0..4 {
        if round == 2 {
            // As if the tables were too large to be compared while the live build waits.
            rebuilding = system.beside(never_hold_up()).await;
        }
        for name in digested() {
            let rebuilt = rebuilding.rebuild(name, &|_| ()).await.unwrap();
            let compared = rebuilt.compared.unwrap();
            // Whether it was also compared at the flip depends on how fast the machine hashes.
            assert!(compared.equal, "{round} {name}");
        }
    }
    stop.send(true).unwrap();
    appending.await.unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(reads.load(Ordering::Relaxed) > 50);
    assert!(written.load(Ordering::SeqCst) > first.0 + 50);
    system.settle().await;
    for name in digested() {
        assert!(
            rebuilding
                .rebuild(name, &|_| ())
                .await
                .unwrap()
                .compared
                .unwrap()
                .equal
        );
    }
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_and_only_one_rebuild_runs() {
    let system = System::fresh().await;
    let runner = system.start().await;
    History::of(ACME, 20).live(&system.store, 3_000, 100).await;
    system.settle().await;
    let slow = system
        .beside(Options {
            page_events: 20,
            batch_rows: 20,
            ..Options::default()
        })
        .await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let rebuilding = tokio::spawn(async move {
        let tell = |progress: Progress| told.send(progress).unwrap();
        slow.rebuild("extension_timeline", &tell).await.unwrap()
    });
    let begun = heard.recv().await.unwrap();
    assert_eq!((begun.phase, begun.target), (Phase::Backfilling, 3_000));
    let refused = system
        .projections
        .rebuild("extension_timeline", &|_| ())
        .await;
    assert!(
        matches!(refused, Err(cinatra_projections::Error::RebuildRunning(_))),
        "{refused:?}"
    );
    rebuilding.await.unwrap();
    let mut phases = BTreeSet::new();
    let mut last = begun;
    while let Some(progress) = heard.recv().await {
        phases.insert(format!("{:?}", progress.phase));
        if progress.phase == Phase::Backfilling {
            assert!(progress.done >= last.done && progress.done <= progress.target);
            last = progress;
        }
    }
    assert_eq!(last.done, 3_000);
    assert!(last.rate > 0.0);
    assert_eq!(
        phases.into_iter().collect::<Vec<_>>(),
        ["Backfilling", "Comparing", "Flipping"]
    );
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_differ_at_the_flip_bring_the_old_build_back() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 20);
    acme.live(&system.store, 300, 10).await;
    system.settle().await;
    let rebuilding = system.beside(never_hold_up()).await;
    let database = system.database.clone();
    // Order: the comparison before the flip is over when the flip begins, so only the one at it can see this.
    let tamper = move |progress: Progress| {
        if progress.phase == Phase::Flipping {
            let superuser = async {
                let superuser = database.superuser().await.unwrap();
                let alter = include_str!("sql/alter_rows.sql");
                superuser.batch_execute(alter).await.unwrap();
            };
            let here = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| here.block_on(superuser));
        }
    };
    let refused = rebuilding
        .rebuild("extension_catalog", &tamper)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "DIGEST_MISMATCH");
    acme.live(&system.store, 50, 5).await;
    system.settle().await;
    let digest = system
        .projections
        .digest("extension_catalog", &|_| ())
        .await
        .unwrap();
    assert_eq!(digest.build, 1);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_build_before_can_be_brought_back() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 20);
    acme.live(&system.store, 300, 10).await;
    system.settle().await;
    let name = "extension_catalog";
    let nothing = system
        .projections
        .roll_back(name, &|_| ())
        .await
        .unwrap_err();
    assert_eq!(nothing.code(), "NOTHING_TO_ROLL_BACK");
    system.projections.rebuild(name, &|_| ()).await.unwrap();
    acme.live(&system.store, 300, 10).await;
    system.settle().await;
    let before = system.projections.digest(name, &|_| ()).await.unwrap();
    let rolled_back = system.projections.roll_back(name, &|_| ()).await.unwrap();
    assert_eq!((rolled_back.build, rolled_back.before), (1, Some(2)));
    let last = acme.live(&system.store, 10, 10).await;
    system.settle().await;
    let after = system.projections.digest(name, &|_| ()).await.unwrap();
    assert_eq!((before.build, after.build), (2, 1));
    assert_eq!(after.ledgers, [(ACME, last)]);
    let rebuilt = system.projections.rebuild(name, &|_| ()).await.unwrap();
    assert!(rebuilt.compared.unwrap().equal);
    runner.stop().await;
}
