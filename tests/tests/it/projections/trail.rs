//! What the audit tells of what was done, and how it is found.

use cinatra_domain::kernel::Position;
use cinatra_domain::project::Owner;
use cinatra_projections::{Keyset, ViewerScope, audit_events};

use super::society::{Moment, authority, created, project, user};
use super::{ACME, ANY, System};

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_names_the_primitive_and_is_found_by_actor_decision_and_time() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = Moment::of(ACME);
    let create = |acme: &mut Moment, number| {
        let event = created(acme, number, Owner::Organization);
        acme.project(project(number), event);
    };
    create(&mut acme, 1);
    acme.happen_by(&system.store, authority("projects_create"))
        .await;
    create(&mut acme, 2);
    let mut bypass = authority("projects_create");
    bypass.via = "bypass:moderation".to_owned();
    acme.happen_by(&system.store, bypass).await;
    create(&mut acme, 3);
    acme.happen_by(&system.store, authority("")).await;
    system.settle().await;
    let (viewer, keyset) = (ViewerScope::new(ACME), Keyset::default());
    let list = async |filter: audit_events::Filter| {
        let page = audit_events::list(&system.projections, &viewer, &filter, &keyset, ANY).await;
        page.unwrap().rows.items
    };
    let all = list(audit_events::Filter::default()).await;
    let [old, bypassed, allowed] = &all[..] else {
        panic!("{all:#?}")
    };
    assert_eq!(allowed.operation, "create");
    assert_eq!(allowed.decision, "allowed");
    assert_eq!(allowed.policy_version.as_deref(), Some("v2"));
    assert_eq!(allowed.metadata["primitive"], "projects_create");
    assert!(!allowed.metadata.contains_key("bypassReason"));
    assert_eq!(bypassed.metadata["bypassReason"], "moderation");
    assert_eq!(bypassed.auth_source, "bypass:moderation");
    assert_eq!(old.operation, "manageMembers");
    assert_eq!((&old.policy_version, old.position), (&None, Position(3)));

    let none = audit_events::Filter::default;
    let positions = async |filter| {
        let found = list(filter).await.into_iter();
        found.map(|each| each.position.0).collect::<Vec<_>>()
    };
    let of = |actor: String| audit_events::Filter {
        actor: Some(actor),
        ..none()
    };
    assert_eq!(positions(of(format!("user:{}", user(0)))).await, [3, 2, 1]);
    assert_eq!(positions(of(format!("user:{}", user(1)))).await, [0; 0]);
    let decided = |decision: &str| audit_events::Filter {
        decision: Some(decision.to_owned()),
        ..none()
    };
    assert_eq!(positions(decided("allowed")).await, [3, 2, 1]);
    assert_eq!(positions(decided("denied")).await, [0; 0]);
    let between = audit_events::Filter {
        from: Some(bypassed.created_at),
        to: Some(old.created_at),
        ..none()
    };
    assert_eq!(positions(between).await, [2]);
    runner.stop().await;
}
