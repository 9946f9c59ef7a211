//! What readers see.

use std::time::Duration;

use cinatra_domain::extension::{Status, Uninstalled, Updated, Visibility};
use cinatra_domain::kernel::{Coded as _, Position};
use cinatra_projections::{
    Error, Freshness, Keyset, Options, ViewerScope, audit_events, extension_catalog,
    extension_lifecycle_audit, extension_timeline,
};

use super::history::{archived, dependency, installed, release};
use super::{ACME, ANY, History, OTHER, System};

const fn at_least(min_pos: Position) -> Freshness {
    Freshness {
        min_pos: Some(min_pos),
        strict: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_shows_what_is_installed_and_who_depends_on_it() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let (store, viewer) = (&system.store, ViewerScope::new(ACME));
    let mut dependent = release("@acme/b-agent", "2.0.0");
    dependent.dependencies.push(dependency("@acme/a-agent"));
    acme.happen(
        store,
        "@acme/a-agent",
        installed(release("@acme/a-agent", "1.0.0")),
    )
    .await;
    acme.happen(store, "@acme/b-agent", installed(dependent.clone()))
        .await;
    let at = acme.happen(store, "@acme/b-agent", archived("2.0.0")).await;
    let get = async |name: &str, at: Position| {
        extension_catalog::get(&system.projections, &viewer, name, at_least(at)).await
    };

    let found = get("@acme/a-agent", at).await.unwrap();
    assert_eq!((found.at, found.stale), (at, false));
    assert_eq!(found.rows.position, Position(1));
    let [only] = &found.rows.dependents[..] else {
        panic!("{found:#?}")
    };
    assert_eq!(only.package_name, "@acme/b-agent");
    assert_eq!((only.status, only.blocks), (Status::Archived, true));
    assert_eq!(
        get("@acme/b-agent", at).await.unwrap().rows.dependencies,
        dependent.dependencies
    );

    let updated = Updated {
        from_version: "2.0.0".to_owned(),
        release: release("@acme/b-agent", "2.1.0"),
    };
    let at = acme.happen(store, "@acme/b-agent", updated).await;
    let b = get("@acme/b-agent", at).await.unwrap().rows;
    assert_eq!((b.version.as_str(), b.status), ("2.1.0", Status::Archived));
    assert!(b.installed_at < b.updated_at);
    assert!(
        get("@acme/a-agent", at)
            .await
            .unwrap()
            .rows
            .dependents
            .is_empty()
    );

    let uninstalled = Uninstalled {
        version: "1.0.0".to_owned(),
        kind: cinatra_domain::extension::Kind::Agent,
    };
    let at = acme.happen(store, "@acme/a-agent", uninstalled).await;
    assert!(matches!(
        get("@acme/a-agent", at).await,
        Err(Error::NotFound)
    ));
    let strangers = ViewerScope::new(OTHER);
    let foreign = extension_catalog::get(&system.projections, &strangers, "@acme/b-agent", ANY);
    assert!(matches!(foreign.await, Err(Error::NotFound)));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn private_extensions_are_visible_to_their_own_scope_only_and_before_the_limit() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let mut at = Position::START;
    for number in 0..60 {
        let name = format!("@acme/a{number:02}-agent");
        let mut private = release(&name, "1.0.0");
        private.origin.visibility = Visibility::Private;
        private.dependencies.push(dependency("@acme/z-agent"));
        at = acme.happen(&system.store, &name, installed(private)).await;
    }
    let public = installed(release("@acme/z-agent", "1.0.0"));
    at = acme
        .happen(&system.store, "@acme/z-agent", public)
        .await
        .max(at);
    let filter = extension_catalog::Filter::default();
    let list = async |viewer: &ViewerScope, limit: u16| {
        let keyset = Keyset::first(limit);
        extension_catalog::list(&system.projections, viewer, &filter, &keyset, at_least(at))
            .await
            .unwrap()
            .rows
    };
    let nobody = ViewerScope::new(ACME);
    let own = ViewerScope::new(ACME).with_namespace("acme");
    let foreign = ViewerScope::new(ACME).with_namespace("evil");
    for viewer in [&nobody, &foreign] {
        let page = list(viewer, 1).await;
        assert_eq!(page.items[0].package_name, "@acme/z-agent");
        assert!(
            page.items[0].dependents.is_empty(),
            "their names are private too"
        );
        assert_eq!(page.next_cursor, None);
        let (name, keyset) = ("@acme/a00-agent", Keyset::default());
        let history =
            extension_timeline::list(&system.projections, viewer, name, &keyset, ANY).await;
        assert!(matches!(history, Err(Error::NotFound)));
    }
    let page = list(&own, 50).await;
    assert_eq!(page.items.len(), 50);
    let keyset = Keyset {
        list: "",
        limit: 50,
        cursor: page.next_cursor,
    };
    let (projections, fresh) = (&system.projections, at_least(at));
    let rest = extension_catalog::list(projections, &own, &filter, &keyset, fresh).await;
    assert_eq!(rest.unwrap().rows.items[0].package_name, "@acme/a50-agent");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_package_looks_like_one_that_does_not_exist() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let (hidden, shown) = ("@acme/a-agent", "@acme/b-agent");
    let mut dependent = release(hidden, "1.0.0");
    dependent.dependencies.push(dependency(shown));
    acme.happen(&system.store, hidden, installed(dependent))
        .await;
    acme.happen(&system.store, shown, installed(release(shown, "1.0.0")))
        .await;
    acme.happen(&system.store, hidden, archived("1.0.0")).await;
    system.settle().await;
    let (projections, keyset) = (&system.projections, Keyset::first(1));
    let seen = async |viewer: &ViewerScope| {
        let filter = extension_catalog::Filter::default();
        let page = extension_catalog::list(projections, viewer, &filter, &keyset, ANY).await;
        let page = page.unwrap().rows;
        let one = extension_catalog::get(projections, viewer, hidden, ANY).await;
        let history = extension_timeline::list(projections, viewer, hidden, &keyset, ANY).await;
        let other = extension_catalog::get(projections, viewer, shown, ANY).await;
        (page, one, history, other.unwrap().rows.dependents.len())
    };
    let (page, one, history, dependents) = seen(&ViewerScope::new(ACME)).await;
    assert_eq!(page.items[0].package_name, hidden);
    assert!(page.next_cursor.is_some() && one.is_ok() && history.is_ok());
    assert_eq!(dependents, 1);
    let blind = ViewerScope::new(ACME).hiding(vec![hidden.to_owned()]);
    assert_eq!(blind.hidden_packages(), [hidden]);
    let (page, one, history, dependents) = seen(&blind).await;
    assert_eq!(page.items[0].package_name, shown);
    assert!(page.next_cursor.is_none() && page.items[0].dependents.is_empty());
    assert!(matches!(one, Err(Error::NotFound)));
    assert!(matches!(history, Err(Error::NotFound)));
    assert_eq!(dependents, 0);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_paged() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 25);
    let at = acme.live(&system.store, 400, 4).await;
    let viewer = ViewerScope::new(ACME);
    let projections = &system.projections;

    let (mut cursor, mut names) = (None, Vec::new());
    loop {
        let keyset = Keyset {
            list: "",
            limit: 4,
            cursor,
        };
        let filter = extension_catalog::Filter::default();
        let page = extension_catalog::list(projections, &viewer, &filter, &keyset, at_least(at));
        let page = page.await.unwrap().rows;
        names.extend(page.items.into_iter().map(|item| item.package_name));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert!(names.is_sorted() && names.len() > 5, "{names:?}");

    let text = extension_catalog::Filter {
        text: Some("THE @ACME/P1-".to_owned()),
        ..extension_catalog::Filter::default()
    };
    let keyset = Keyset::default();
    let found = extension_catalog::list(projections, &viewer, &text, &keyset, ANY).await;
    let found = found.unwrap().rows.items;
    let expected = names.iter().filter(|name| name.contains("/p1-")).count();
    assert_eq!(found.len(), expected);

    let (mut cursor, mut positions) = (None, Vec::new());
    loop {
        let keyset = Keyset {
            list: "",
            limit: 200,
            cursor,
        };
        let filter = audit_events::Filter::default();
        let page = audit_events::list(projections, &viewer, &filter, &keyset, at_least(at));
        let page = page.await.unwrap().rows;
        assert!(page.items.iter().all(|item| item.operation == "install"));
        positions.extend(page.items.into_iter().map(|item| item.position.0));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(positions, (1..=400).rev().collect::<Vec<i64>>());

    let keyset = Keyset {
        list: "",
        limit: 5,
        cursor: Some("nonsense".to_owned()),
    };
    let filter = audit_events::Filter::default();
    let refused = audit_events::list(projections, &viewer, &filter, &keyset, ANY).await;
    assert_eq!(refused.unwrap_err().code(), "INVALID_INPUT");
    let nul = extension_catalog::get(projections, &viewer, "@acme/\0", ANY).await;
    assert!(matches!(nul, Err(Error::NotFound)));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_is_shown_until_it_is_erased() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let mut acme = History::of(ACME, 1);
    let name = "@acme/a-agent";
    acme.happen(&system.store, name, installed(release(name, "1.0.0")))
        .await;
    let (at, _) = acme
        .force_delete(&system.store, name, "it misbehaved")
        .await;
    let viewer = ViewerScope::new(ACME);
    let list = async || {
        let keyset = Keyset::default();
        let (projections, fresh) = (&system.projections, at_least(at));
        extension_lifecycle_audit::list(projections, &viewer, Some(name), &keyset, fresh)
            .await
            .unwrap()
            .rows
            .items
            .remove(0)
    };
    let operation = list().await;
    assert_eq!(operation.reason.as_deref(), Some("it misbehaved"));
    assert_eq!(
        (operation.operation.as_str(), operation.reason_erased),
        ("force_delete", false)
    );
    assert_eq!(
        operation.destroyed_row_snapshot["release"]["version"],
        "1.0.0"
    );
    system
        .as_superuser(include_str!("sql/erase_contents.sql"))
        .await;
    let operation = list().await;
    assert_eq!((operation.reason, operation.reason_erased), (None, true));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_waits_for_its_write_and_is_told_when_it_waits_in_vain() {
    let system = System::with(Options {
        patience: Duration::from_millis(300),
        ..Options::default()
    })
    .await;
    let runner = system.start().await;
    let viewer = ViewerScope::new(ACME);
    let mut acme = History::of(ACME, 5);
    for _ in 0..30 {
        let at = acme.live(&system.store, 1, 1).await;
        let filter = extension_catalog::Filter::default();
        let keyset = Keyset::default();
        let (projections, fresh) = (&system.projections, at_least(at));
        let answer = extension_catalog::list(projections, &viewer, &filter, &keyset, fresh).await;
        assert_eq!(answer.unwrap().at, at);
    }
    runner.stop().await;
    let at = acme.live(&system.store, 1, 1).await;
    let name = "@acme/p0-agent";
    let keyset = Keyset::default();
    let list = async |freshness| {
        extension_timeline::list(&system.projections, &viewer, name, &keyset, freshness).await
    };
    let refused = list(at_least(at)).await.unwrap_err();
    assert_eq!(refused.code(), "STALE_READ");
    let stale = list(Freshness {
        min_pos: Some(at),
        strict: false,
    })
    .await
    .unwrap();
    assert!(stale.stale && stale.at < at);
    let unheard_of = "@acme/never-agent";
    let absent = extension_timeline::list(
        &system.projections,
        &viewer,
        unheard_of,
        &keyset,
        Freshness {
            min_pos: Some(at),
            strict: false,
        },
    );
    assert_eq!(
        absent.await.unwrap_err().code(),
        "STALE_READ",
        "it may be there by now"
    );

    // Another process applies it; this one looks at the checkpoint.
    let elsewhere = system
        .beside(Options::default())
        .await
        .start()
        .await
        .unwrap();
    let answer = list(at_least(at)).await.unwrap();
    assert!(answer.at >= at);
    elsewhere.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_a_crash_of_the_server_took_back_is_waited_for_again() {
    let system = System::with(Options {
        patience: Duration::from_millis(300),
        ..Options::default()
    })
    .await;
    let runner = system.start().await;
    let at = History::of(ACME, 5).live(&system.store, 20, 5).await;
    let (viewer, keyset) = (ViewerScope::new(ACME), Keyset::default());
    let filter = audit_events::Filter::default();
    let list = async || {
        let (projections, fresh) = (&system.projections, at_least(at));
        audit_events::list(projections, &viewer, &filter, &keyset, fresh).await
    };
    assert_eq!(list().await.unwrap().at, at);
    runner.stop().await;
    system
        .as_superuser(include_str!("sql/take_back_last_event.sql"))
        .await;
    assert_eq!(list().await.unwrap_err().code(), "STALE_READ");
    let runner = system.start().await;
    assert_eq!(list().await.unwrap().at, at);
    runner.stop().await;
}
