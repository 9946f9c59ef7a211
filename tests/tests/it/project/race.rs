//! Two nodes promote one project at the same time, in every order of their steps: its level never falls.

use std::sync::Arc;

use cinatra_commands::Error;
use cinatra_commands::project::PromoteProject;
use cinatra_domain::authority::{Rule, Target};
use cinatra_domain::kernel::Coded as _;
use cinatra_domain::project::{Owner, ProjectEvent};
use cinatra_tests::orders::{Side, orders};
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use crate::organization::stack::{Deed, Stack, first};
use crate::organization::world::{ACME, ATTIC, CREW, LEA, World, input};

async fn promote(node: Arc<Stack>, to: Owner, place: Value) -> Result<(), Error> {
    let target = Target::Promotion(ATTIC, to);
    let call = node.judged(
        (ACME, LEA),
        Rule::PromoteProject,
        target,
        "projects_promote",
    );
    let promote: PromoteProject = input(super::and(json!({ "projectId": ATTIC }), &place));
    let promoted = node.projects.promote(&call.await?, &promote).await;
    promoted.map(drop)
}

async fn to_the_crew(node: Arc<Stack>) -> Result<(), Error> {
    let place = json!({ "ownerLevel": "team", "ownerId": CREW });
    promote(node, Owner::Team(CREW), place).await
}

async fn to_the_organization(node: Arc<Stack>) -> Result<(), Error> {
    let place = json!({ "ownerLevel": "organization", "ownerId": ACME.to_string() });
    promote(node, Owner::Organization, place).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_promotions_at_the_same_time_never_lower_a_project() {
    for order in orders() {
        let world = World::new().await;
        let crew: Deed = |node| to_the_crew(node).boxed();
        let organization: Deed = |node| to_the_organization(node).boxed();
        let [lower, higher] = world.race([crew, organization], &order).await;
        higher.unwrap_or_else(|error| panic!("{order:?}: {error}"));
        match first(&order) {
            Side::Left => lower.unwrap_or_else(|error| panic!("{order:?}: {error}")),
            Side::Right => {
                let lost = lower.unwrap_err();
                assert_eq!(lost.code(), "RATCHET_VIOLATION", "{order:?}");
            }
        }
        let ledger = world.ledger().await;
        let events = ledger.iter().filter_map(|event| event.decode().unwrap());
        let steps: Vec<_> = events
            .filter_map(|event: ProjectEvent| match event {
                ProjectEvent::Promoted(promoted) => Some((promoted.from, promoted.to)),
                ProjectEvent::Created(_)
                | ProjectEvent::Updated(_)
                | ProjectEvent::Archived(_)
                | ProjectEvent::Unarchived(_)
                | ProjectEvent::AccessGranted(_)
                | ProjectEvent::AccessRevoked(_) => None,
            })
            .collect();
        let mut owner = Owner::User(LEA);
        for (from, to) in steps {
            assert_eq!(from, owner, "{order:?}");
            assert!(to.level() > from.level(), "{order:?}");
            owner = to;
        }
        assert_eq!(owner, Owner::Organization, "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_promoted_twice_at_the_same_time_is_promoted_once() {
    for order in orders() {
        let world = World::new().await;
        let deed: Deed = |node| to_the_organization(node).boxed();
        for outcome in world.race([deed, deed], &order).await {
            outcome.unwrap_or_else(|error| panic!("{order:?}: {error}"));
        }
        let ledger = world.ledger().await;
        let promoted = ledger.iter();
        let promoted = promoted.filter(|event| event.wire_name == "project.promoted.v1");
        assert_eq!(promoted.count(), 1, "{order:?}");
    }
}
