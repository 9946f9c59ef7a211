//! Builds know which code and which tables made them.

use cinatra_domain::kernel::Coded as _;
use cinatra_projections::{
    Error, Keyset, Options, Projections, ViewerScope, extension_catalog, extension_timeline,
};

use super::{ACME, ANY, History, System};

#[tokio::test(flavor = "multi_thread")]
async fn changed_code_with_an_unchanged_version_is_refused() {
    let system = System::fresh().await;
    system.start().await.stop().await;
    system
        .as_superuser(include_str!("sql/alter_code_hash.sql"))
        .await;
    let refused = system.projections.start().await.unwrap_err();
    assert_eq!(refused.code(), "PROJECTION_DRIFT");
    assert!(matches!(
        refused,
        Error::Drift {
            name: "extension_catalog",
            what: "code",
            ..
        }
    ));
    let tolerant = system
        .beside(Options {
            tolerate_drift: true,
            ..Options::default()
        })
        .await;
    tolerant.start().await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_tables_with_an_unchanged_version_are_refused() {
    let system = System::fresh().await;
    system.start().await.stop().await;
    system
        .as_superuser(include_str!("sql/alter_ddl_hash.sql"))
        .await;
    let refused = system.projections.start().await.unwrap_err();
    assert!(
        matches!(refused, Error::Drift { what: "tables", .. }),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_effect_is_proved_by_a_rebuild_and_then_accepted() {
    let system = System::fresh().await;
    let runner = system.start().await;
    History::of(ACME, 5).live(&system.store, 50, 5).await;
    system.settle().await;
    runner.stop().await;
    system
        .as_superuser(include_str!("sql/alter_code_hash.sql"))
        .await;
    assert!(system.projections.start().await.is_err());
    system
        .projections
        .rebuild("extension_catalog", &|_| ())
        .await
        .unwrap();
    system.start().await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_without_a_build_answers_building_until_it_was_rebuilt() {
    let system = System::fresh().await;
    let runner = system.start().await;
    let last = History::of(ACME, 5).live(&system.store, 50, 5).await;
    system.settle().await;
    runner.stop().await;
    // As if a binary of the version before had made the build.
    system
        .as_superuser(include_str!("sql/make_older.sql"))
        .await;
    let runner = system.start().await;
    let viewer = ViewerScope::new(ACME);
    let keyset = Keyset::default();
    let catalogue = || {
        let filter = extension_catalog::Filter::default();
        let (projections, viewer, keyset) = (&system.projections, &viewer, &keyset);
        async move { extension_catalog::list(projections, viewer, &filter, keyset, ANY).await }
    };
    let building = catalogue().await.unwrap_err();
    assert_eq!(building.code(), "PROJECTION_BUILDING");
    let name = "@acme/p1-agent";
    let timeline = extension_timeline::list(&system.projections, &viewer, name, &keyset, ANY).await;
    timeline.unwrap();

    let rebuilt = system
        .projections
        .rebuild("extension_catalog", &|_| ())
        .await
        .unwrap();
    assert!(!rebuilt.retired, "the version before keeps its own build");
    assert!(rebuilt.compared.unwrap().equal);
    assert_eq!(catalogue().await.unwrap().at, last);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_builds_are_made_once_however_many_nodes_begin() {
    let system = System::fresh().await;
    let nodes = [
        system.beside(Options::default()).await,
        system.beside(Options::default()).await,
        system.beside(Options::default()).await,
    ];
    let starting = nodes.iter().map(Projections::start);
    for runner in futures_util::future::join_all(starting).await {
        runner.unwrap().stop().await;
    }
    for digest in system.digests().await {
        assert_eq!(digest.build, 1, "{}", digest.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_row_is_found_and_the_flip_refused() {
    let system = System::fresh().await;
    let runner = system.start().await;
    History::of(ACME, 5).live(&system.store, 50, 5).await;
    system.settle().await;
    system
        .as_superuser(include_str!("sql/alter_rows.sql"))
        .await;
    let refused = system
        .projections
        .rebuild("extension_catalog", &|_| ())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "DIGEST_MISMATCH");
    let digest = system
        .projections
        .digest("extension_catalog", &|_| ())
        .await
        .unwrap();
    assert_eq!(digest.build, 1, "the live build still serves");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_died_leaves_nothing_behind() {
    let system = System::fresh().await;
    let runner = system.start().await;
    History::of(ACME, 20).live(&system.store, 2_000, 100).await;
    system.settle().await;
    for patience in [1, 10, 30] {
        let slow = system
            .beside(Options {
                page_events: 10,
                batch_rows: 10,
                ..Options::default()
            })
            .await;
        let rebuilding =
            tokio::spawn(async move { slow.rebuild("extension_timeline", &|_| ()).await });
        tokio::time::sleep(std::time::Duration::from_millis(patience)).await;
        rebuilding.abort();
        let _ = rebuilding.await;
    }
    let rebuilt = loop {
        match system
            .projections
            .rebuild("extension_timeline", &|_| ())
            .await
        {
            Err(Error::RebuildRunning(_)) => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            done => break done.unwrap(),
        }
    };
    assert!(rebuilt.compared.unwrap().equal);
    let superuser = system.database.superuser().await.unwrap();
    let builds = superuser
        .query(
            include_str!("sql/count_builds.sql"),
            &[&"extension_timeline"],
        )
        .await
        .unwrap();
    let states: Vec<(String, i64)> = builds.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(states, [("live".to_owned(), 1), ("retired".to_owned(), 1)]);
    let schemas: i64 = superuser
        .query_one(
            include_str!("sql/count_schemas.sql"),
            &[&"p_extension_timeline_%"],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(schemas, 2);
    runner.stop().await;
}
