//! What every read model has to satisfy.

use std::time::Duration;

use cinatra_domain::kernel::Position;
use cinatra_projections::{Digest, Options, Projections};

use super::{ACME, History, OTHER, System, World, digested};

fn of_each(digests: &[Digest]) -> Vec<(&str, &str, u64)> {
    let digests = digests.iter();
    digests
        .map(|each| (each.name, each.digest.as_str(), each.rows))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_comes_to_the_rows_that_serve() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let (mut acme, mut other) = (History::of(ACME, 40), History::of(OTHER, 5));
    acme.live(&system.store, 1_500, 7).await;
    other.live(&system.store, 300, 1).await;
    let taken = acme.take_down(&system.store).await;
    let events = 1_800 + taken + World::of([ACME, OTHER]).live(&system.store, 150, 6).await;
    system.settle().await;
    let (before, people) = (system.digests().await, system.people().await);
    for name in Projections::names() {
        let rebuilt = system.projections.rebuild(name, &|_| ()).await.unwrap();
        match rebuilt.compared {
            Some(compared) => assert!(compared.equal, "{name}"),
            None => assert_eq!(name, "people"),
        }
        assert!(rebuilt.retired, "{name}");
        assert_eq!(rebuilt.events, events, "{name}");
    }
    assert_eq!(people, system.people().await);
    assert!(people.len() > 20, "{people:#?}");
    let after = system.digests().await;
    assert_eq!(after.len(), digested().count());
    assert_eq!(of_each(&before), of_each(&after));
    assert!(after.iter().all(|each| each.build == 2));
    assert!(after.iter().all(|each| each.rows > 0), "{after:#?}");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_leaves_behind_a_live_build_that_nobody_runs() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 40);
    acme.live(&system.store, 200, 10).await;
    system.settle().await;
    runner.stop().await;
    let last = acme.live(&system.store, 1_500, 50).await;
    for name in digested() {
        let rebuilt = system.projections.rebuild(name, &|_| ()).await.unwrap();
        let compared = rebuilt.compared.unwrap();
        assert!(compared.equal && !compared.at_flip, "{name}");
        assert_eq!(compared.live.ledgers, [(ACME, Position(200))], "{name}");
        assert_eq!(rebuilt.ledgers, [(ACME, last)], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_size_of_batches_gives_equal_rows() {
    let system = System::with(Options {
        page_events: 3,
        ..Options::default()
    })
    .await;
    let runner = system.start().await;
    let (mut acme, mut world) = (History::of(ACME, 12), World::of([ACME, OTHER]));
    for at_once in [1, 2, 50, 9] {
        acme.live(&system.store, 60, at_once).await;
        world.live(&system.store, 25, at_once).await;
    }
    system.settle().await;
    let (live, people) = (system.digests().await, system.people().await);
    for (page_events, batch_rows) in [(1, 1), (2, 5), (7, 3), (100, 1_000)] {
        let options = Options {
            page_events,
            batch_rows,
            ..Options::default()
        };
        let rebuilding = system.beside(options).await;
        for name in Projections::names() {
            rebuilding.rebuild(name, &|_| ()).await.unwrap();
        }
        let rebuilt = system.digests().await;
        assert_eq!(
            of_each(&live),
            of_each(&rebuilt),
            "{page_events} {batch_rows}"
        );
        assert_eq!(people, system.people().await, "{page_events} {batch_rows}");
    }
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_take_each_others_leases_apply_nothing_twice() {
    let system = System::fresh().await;
    let other_process = system.beside(Options::default()).await;
    let first = system.start().await;
    let second = other_process.start().await.unwrap();
    let thief = system.database.superuser().await.unwrap();
    let stop = tokio::sync::watch::Sender::new(false);
    let (stopped, release) = (stop.subscribe(), include_str!("sql/expire_leases.sql"));
    let stealing = tokio::spawn(async move {
        while !*stopped.borrow() {
            thief.batch_execute(release).await.unwrap();
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    });
    let mut acme = History::of(ACME, 30);
    for _ in 0..40 {
        acme.live(&system.store, 25, 3).await;
    }
    World::of([ACME, OTHER]).live(&system.store, 60, 2).await;
    system.settle().await;
    stop.send(true).unwrap();
    stealing.await.unwrap();
    for name in digested() {
        let rebuilt = system.projections.rebuild(name, &|_| ()).await.unwrap();
        assert!(rebuilt.compared.unwrap().equal, "{name}");
    }
    let people = system.people().await;
    system.projections.rebuild("people", &|_| ()).await.unwrap();
    assert_eq!(people, system.people().await);
    first.stop().await;
    second.stop().await;
}
