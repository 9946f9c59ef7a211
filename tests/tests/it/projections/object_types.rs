//! Which types of objects readers see, and whose declaration counts.

use cinatra_domain::extension::{
    ExtensionEvent, Kind, Release, Restored, Status, Uninstalled, Updated, Visibility,
};
use cinatra_domain::kernel::Position;
use cinatra_projections::extension_catalog::object_type::{self, Filter, ObjectType};
use cinatra_projections::{Error, Freshness, Keyset, Options, ViewerScope};

use super::history::{archived, installed, object_types_declared, release};
use super::{ACME, ANY, History, OTHER, System};

const NOTE: &str = "@acme/note-artifact";
const DRAFT: &str = "@acme/mail:draft";
const THREAD: &str = "@acme/mail:thread";

fn artifact(name: &str, version: &str) -> Release {
    Release {
        kind: Kind::Artifact,
        ..release(name, version)
    }
}

/// All types of a viewer, no older than that.
async fn all(system: &System, viewer: &ViewerScope, at: Position) -> Vec<ObjectType> {
    let fresh = Freshness {
        min_pos: Some(at),
        strict: true,
    };
    let (filter, keyset) = (Filter::default(), Keyset::default());
    let page = object_type::list(&system.projections, viewer, &filter, &keyset, fresh).await;
    page.unwrap().rows.items
}

fn names(types: &[ObjectType]) -> Vec<(&str, &str)> {
    types
        .iter()
        .map(|it| (it.object_type.as_str(), it.package_name.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn types_come_change_and_go_with_their_package() {
    // One event a batch, so that nothing about a package is known from the batch itself.
    let options = Options {
        page_events: 1,
        ..Options::default()
    };
    let system = System::with(options).await;
    let runner = system.start().await;
    let (store, viewer) = (&system.store, ViewerScope::new(ACME));
    let mut acme = History::of(ACME, 1);
    let place = installed(artifact(NOTE, "1.0.0"));
    acme.happen(store, NOTE, place.clone()).await;
    let both = object_types_declared(&[DRAFT, THREAD]);
    let at = acme.happen(store, NOTE, both.clone()).await;
    let found = all(&system, &viewer, at).await;
    assert_eq!(names(&found), [(DRAFT, NOTE), (THREAD, NOTE)]);
    let first = &found[0];
    assert_eq!(
        (first.status, first.package_kind, first.position),
        (Status::Active, Kind::Artifact, at)
    );
    assert_eq!(first.schema.as_ref().unwrap()["type"], "object");
    assert_eq!(first.satisfies, [NOTE]);

    let at = acme.happen(store, NOTE, archived("1.0.0")).await;
    let found = all(&system, &viewer, at).await;
    assert!(found.len() == 2 && found.iter().all(|it| it.status == Status::Archived));
    let version = "1.0.0".to_owned();
    acme.happen(store, NOTE, Restored { version }).await;
    let updated = Updated {
        from_version: "1.0.0".to_owned(),
        release: artifact(NOTE, "1.1.0"),
    };
    acme.happen(store, NOTE, updated).await;
    let at = acme
        .happen(store, NOTE, object_types_declared(&[THREAD]))
        .await;
    let found = all(&system, &viewer, at).await;
    assert_eq!(names(&found), [(THREAD, NOTE)]);
    assert_eq!(
        (found[0].version.as_str(), found[0].status),
        ("1.1.0", Status::Active)
    );

    let uninstalled = Uninstalled {
        version: "1.1.0".to_owned(),
        kind: Kind::Artifact,
    };
    let at = acme.happen(store, NOTE, uninstalled).await;
    assert!(all(&system, &viewer, at).await.is_empty());
    let at = acme.happen(store, NOTE, place).await;
    let bare = all(&system, &viewer, at).await;
    assert!(bare.is_empty(), "what was removed does not come back");
    let at = acme.happen(store, NOTE, both).await;
    assert_eq!(all(&system, &viewer, at).await.len(), 2);
    let rebuilt = system
        .projections
        .rebuild("extension_catalog", &|_| ())
        .await;
    assert!(rebuilt.unwrap().compared.unwrap().equal);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_declarations_one_counts_and_private_packages_have_none_for_others() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let private = |name: &str| {
        let mut release = artifact(name, "1.0.0");
        release.origin.visibility = Visibility::Private;
        installed(release)
    };
    let agent = "@acme/mail-agent";
    let happened: [(&str, ExtensionEvent); 6] = [
        ("@acme/secret-artifact", private("@acme/secret-artifact")),
        ("@acme/secret-artifact", object_types_declared(&[DRAFT])),
        (agent, installed(release(agent, "1.0.0"))),
        (agent, object_types_declared(&[DRAFT, THREAD])),
        (NOTE, installed(artifact(NOTE, "1.0.0"))),
        (NOTE, object_types_declared(&[DRAFT])),
    ];
    let mut at = Position::START;
    for (name, event) in happened {
        at = acme.happen(&system.store, name, event).await;
    }
    let stranger = ViewerScope::new(ACME);
    let own = ViewerScope::new(ACME).with_namespace("acme");
    assert_eq!(all(&system, &own, at).await.len(), 4);
    let seen = all(&system, &stranger, at).await;
    assert_eq!(
        names(&seen),
        [(DRAFT, agent), (DRAFT, NOTE), (THREAD, agent)]
    );
    let counts = async |viewer: &ViewerScope, name: &str| {
        let found = object_type::get(&system.projections, viewer, name, ANY).await;
        found.map(|found| found.rows.package_name)
    };
    assert_eq!(counts(&own, DRAFT).await.unwrap(), "@acme/secret-artifact");
    assert_eq!(counts(&stranger, DRAFT).await.unwrap(), NOTE);
    assert_eq!(counts(&stranger, THREAD).await.unwrap(), agent);
    let blind = ViewerScope::new(ACME).hiding([agent.to_owned()]);
    assert!(matches!(counts(&blind, THREAD).await, Err(Error::NotFound)));
    let abroad = ViewerScope::new(OTHER);
    assert!(matches!(counts(&abroad, DRAFT).await, Err(Error::NotFound)));
    let fresh = Freshness {
        min_pos: Some(at),
        strict: true,
    };
    acme.happen(&system.store, NOTE, archived("1.0.0")).await;
    let last = acme
        .happen(&system.store, agent, object_types_declared(&[DRAFT]))
        .await;
    assert_eq!(all(&system, &stranger, last).await.len(), 2);
    assert_eq!(
        counts(&stranger, DRAFT).await.unwrap(),
        agent,
        "one in use counts first"
    );
    // Page by page, whatever the order in which packages declare.
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let keyset = Keyset {
            list: "object_types",
            limit: 1,
            cursor: cursor.take(),
        };
        let filter = Filter {
            object_type: Some(DRAFT.to_owned()),
            ..Filter::default()
        };
        let page = object_type::list(&system.projections, &own, &filter, &keyset, fresh).await;
        let page = page.unwrap().rows;
        pages.extend(page.items.into_iter().map(|it| it.package_name));
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(pages, [agent, NOTE, "@acme/secret-artifact"]);
    runner.stop().await;
}
