//! Events that cannot be applied.

use std::time::Duration;

use cinatra_projections::{Keyset, ParkedEvent, Status, ViewerScope, extension_timeline};

use super::history::{archived, installed, malformed, release};
use super::{ACME, ANY, History, OTHER, System};

async fn status(system: &System, name: &str) -> Status {
    let statuses = system.projections.status().await.unwrap();
    statuses
        .into_iter()
        .find(|status| status.name == name)
        .unwrap()
}

fn states(parked: &[ParkedEvent]) -> Vec<(i64, &str)> {
    let parked = parked.iter();
    parked
        .map(|each| (each.position.0, each.state.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_event_halts_the_audit_and_parks_a_stream() {
    let system = System::fresh().await;
    let (mut acme, mut other) = (History::of(ACME, 5), History::of(OTHER, 5));
    acme.happen(
        &system.store,
        "@acme/a-agent",
        installed(release("@acme/a-agent", "1.0.0")),
    )
    .await;
    acme.record(&system.store, "@acme/a-agent", malformed())
        .await;
    acme.happen(&system.store, "@acme/a-agent", archived("1.0.0"))
        .await;
    acme.happen(
        &system.store,
        "@acme/b-agent",
        installed(release("@acme/b-agent", "1.0.0")),
    )
    .await;
    other.live(&system.store, 20, 5).await;
    let runner = system.start().await;
    tokio::time::sleep(Duration::from_millis(700)).await;

    let timeline = status(&system, "extension_timeline").await;
    assert_eq!(timeline.lag, 0);
    assert_eq!(states(&timeline.parked), [(2, "parked"), (3, "behind")]);
    let viewer = ViewerScope::new(ACME);
    let history = async |name: &str| {
        let keyset = Keyset::default();
        let answer =
            extension_timeline::list(&system.projections, &viewer, name, &keyset, ANY).await;
        answer.unwrap().rows.items.len()
    };
    assert_eq!(history("@acme/a-agent").await, 1);
    assert_eq!(history("@acme/b-agent").await, 1, "other streams go on");

    for name in ["extension_lifecycle_audit", "audit_events"] {
        let audit = status(&system, name).await;
        assert_eq!(states(&audit.parked), [(2, "halted")], "{name}");
        assert_eq!(audit.lag, 3, "{name}: the other ledger goes on");
    }
    let refused = system.projections.rebuild("audit_events", &|_| ()).await;
    let rebuilt = refused.unwrap();
    assert_eq!(rebuilt.events, 21, "up to where the live one halts");
    let rebuilt = system
        .projections
        .rebuild("extension_timeline", &|_| ())
        .await
        .unwrap();
    assert!(rebuilt.compared.unwrap().equal);
    let timeline = status(&system, "extension_timeline").await;
    assert_eq!(states(&timeline.parked), [(2, "parked"), (3, "behind")]);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_the_tables_refuse_are_parked_alone() {
    let system = System::fresh().await;
    let mut acme = History::of(ACME, 30);
    acme.live(&system.store, 200, 10).await;
    // Archiving what is not there: readable, but it cannot have happened.
    let refused = acme
        .happen(&system.store, "@acme/never-agent", archived("1.0.0"))
        .await;
    acme.live(&system.store, 200, 10).await;
    let runner = system.start().await;
    system.settle().await;
    let catalog = status(&system, "extension_catalog").await;
    assert_eq!(states(&catalog.parked), [(refused.0, "parked")]);
    assert!(
        catalog.parked[0].reason.contains("Archives, restores"),
        "{catalog:#?}"
    );
    let rebuilt = system
        .projections
        .rebuild("extension_catalog", &|_| ())
        .await
        .unwrap();
    assert!(rebuilt.compared.unwrap().equal);
    let catalog = status(&system, "extension_catalog").await;
    assert_eq!(states(&catalog.parked), [(refused.0, "parked")]);
    runner.stop().await;
}
