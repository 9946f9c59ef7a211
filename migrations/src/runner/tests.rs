use refinery::Migration;
use tokio_postgres::{Config, error::SqlState};

use super::{MigrationLock, embedded};
use crate::{
    Cluster, MigrateError, PrivilegeError,
    connect::connect,
    create_database, database, drop_database, migrate,
    role::{self, LEDGER, OWNER, READER, connect_as},
    testing::{
        CREATE_BUILD_SCHEMA, CREATE_BUILD_TABLE, CREATE_GUEST, CREATE_INTRUDER, DROP_ROLES, FIRST,
        FIRST_EDITED, LIST_TABLE_OWNERS, SECOND, SECOND_BROKEN, TAMPER_HISTORY, THIRD, ask, home,
        open, shared, start,
    },
    with_database,
};

fn migration(name: &str, sql: &str) -> Migration {
    Migration::unapplied(name, sql).unwrap()
}

/// An empty database of its own.
async fn empty_database(cluster: &Cluster, name: &str) -> String {
    create_database(cluster.admin_url(), name, None)
        .await
        .unwrap();
    with_database(cluster.url(), name)
}

async fn apply(url: &str, known: &[Migration]) -> Result<super::Migrated, MigrateError> {
    MigrationLock::acquire(url).await?.apply(known).await
}

#[tokio::test]
async fn many_nodes_at_once_apply_each_migration_once() {
    let shared = shared().await;
    let cluster = &shared.cluster;
    let embedded = embedded::migrations::runner().get_migrations().clone();
    let runs = (0..6).map(|_| {
        let url = cluster.url().to_owned();
        tokio::spawn(async move { migrate(&url).await.unwrap() })
    });
    let mut applied = Vec::new();
    for run in runs.collect::<Vec<_>>() {
        let migrated = run.await.unwrap();
        assert_eq!(
            Some(migrated.version),
            embedded.iter().map(Migration::version).max()
        );
        applied.extend(migrated.applied);
    }
    let mut names: Vec<String> = embedded.iter().map(ToString::to_string).collect();
    names.sort();
    applied.sort();
    assert_eq!(applied, names);
    let admin = open(cluster.admin_url()).await;
    assert_eq!(ask(&admin, LIST_TABLE_OWNERS).await, OWNER);
}

/// Roles belong to the whole cluster, and no lock of one database keeps the others from creating them.
#[tokio::test]
async fn nodes_of_different_databases_may_meet_at_the_roles() {
    let home = home();
    let cluster = start(&home).await;
    let admin = open(&with_database(cluster.admin_url(), "postgres")).await;
    drop_database(&with_database(cluster.admin_url(), "postgres"), "cinatra")
        .await
        .unwrap();
    admin.batch_execute(DROP_ROLES).await.unwrap();
    for number in 0..4 {
        let name = format!("d{number}");
        database::create_for(&admin, &name, None, "cinatra_superuser")
            .await
            .unwrap();
    }
    let runs = (0..4).map(|number| {
        let url = with_database(cluster.admin_url(), &format!("d{number}"));
        tokio::spawn(async move { migrate(&url).await.unwrap() })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap();
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_history_that_does_not_fit_is_refused() {
    let shared = shared().await;
    let cluster = &shared.cluster;
    let first = migration("V0001__first", FIRST);
    let second = migration("V0002__second", SECOND);
    let url = empty_database(cluster, "history").await;
    let done = apply(&url, &[first.clone(), second.clone()]).await.unwrap();
    assert_eq!((done.applied.len(), done.version), (2, 2));
    let again = apply(&url, &[first.clone(), second.clone()]).await.unwrap();
    assert_eq!((again.applied.len(), again.version), (0, 2));

    let newer = apply(&url, std::slice::from_ref(&first)).await.unwrap_err();
    assert!(
        matches!(
            newer,
            MigrateError::NewerDatabase {
                database: 2,
                binary: 1
            }
        ),
        "{newer}"
    );

    let edited = migration("V0001__first", FIRST_EDITED);
    let changed = apply(&url, &[edited, second.clone()]).await.unwrap_err();
    assert!(
        matches!(changed, MigrateError::Changed { version: 1, .. }),
        "{changed}"
    );

    let third = migration("V0003__third", THIRD);
    let unknown = apply(&url, &[first.clone(), third]).await.unwrap_err();
    assert!(
        matches!(unknown, MigrateError::Unknown { version: 2, .. }),
        "{unknown}"
    );

    let admin = open(&with_database(cluster.admin_url(), "history")).await;
    admin.batch_execute(TAMPER_HISTORY).await.unwrap();
    let tampered = apply(&url, &[first.clone(), second.clone()])
        .await
        .unwrap_err();
    assert!(
        matches!(tampered, MigrateError::Changed { version: 2, .. }),
        "{tampered}"
    );

    let url = empty_database(cluster, "disorder").await;
    apply(&url, std::slice::from_ref(&second)).await.unwrap();
    let late = apply(&url, &[first, second]).await.unwrap_err();
    assert!(
        matches!(late, MigrateError::OutOfOrder { version: 1, .. }),
        "{late}"
    );
}

#[tokio::test]
async fn a_failing_migration_leaves_nothing_and_those_before_it_stay() {
    let shared = shared().await;
    let cluster = &shared.cluster;
    let url = empty_database(cluster, "failing").await;
    let first = migration("V0001__first", FIRST);
    let broken = migration("V0002__second", SECOND_BROKEN);
    let failed = apply(&url, &[first.clone(), broken]).await.unwrap_err();
    assert!(matches!(failed, MigrateError::Failed(_)), "{failed}");
    let client = open(&with_database(cluster.admin_url(), "failing")).await;
    client.batch_execute("table first").await.unwrap();
    assert!(client.batch_execute("table second").await.is_err());

    let mended = migration("V0002__second", SECOND);
    assert_eq!(
        apply(&url, &[first, mended]).await.unwrap().applied,
        ["V2__second"]
    );
}

#[tokio::test]
async fn each_role_may_do_its_part_and_no_more() {
    let shared = shared().await;
    let cluster = &shared.cluster;
    let table = migration("V0001__first", FIRST);
    let url = empty_database(cluster, "roles").await;
    apply(&url, &[table]).await.unwrap();
    let login: Config = url.parse().unwrap();
    let denied = |error: tokio_postgres::Error| {
        assert_eq!(
            error.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{error:?}"
        );
    };

    let ledger = connect(&connect_as(login.clone(), LEDGER)).await.unwrap();
    assert_eq!(ask(&ledger, "select current_user::text").await, LEDGER);
    role::refuse_privileged(&ledger).await.unwrap();
    ledger.batch_execute(CREATE_BUILD_SCHEMA).await.unwrap();
    ledger.batch_execute(CREATE_BUILD_TABLE).await.unwrap();
    denied(ledger.batch_execute(CREATE_INTRUDER).await.unwrap_err());
    denied(ledger.batch_execute("table first").await.unwrap_err());
    denied(
        ledger
            .batch_execute("table refinery_schema_history")
            .await
            .unwrap_err(),
    );

    let reader = connect(&connect_as(login.clone(), READER)).await.unwrap();
    role::refuse_privileged(&reader).await.unwrap();
    reader.batch_execute("table first").await.unwrap();
    denied(reader.batch_execute(CREATE_BUILD_SCHEMA).await.unwrap_err());

    let options: Config = format!("{}?options=-c%20work_mem%3D7MB", cluster.url())
        .parse()
        .unwrap();
    let both = connect(&connect_as(options, READER)).await.unwrap();
    assert_eq!(ask(&both, "show role").await, READER);
    assert_eq!(
        ask(&both, "show work_mem").await,
        "7MB",
        "options of the URL are kept"
    );

    let nobody = connect(&login).await.unwrap();
    denied(nobody.batch_execute("table first").await.unwrap_err());

    let owner = connect(&connect_as(login, OWNER)).await.unwrap();
    let superuser: Config = cluster.admin_url().parse().unwrap();
    let plain = connect(&superuser).await.unwrap();
    let disguised = connect(&connect_as(superuser, LEDGER)).await.unwrap();
    for client in [owner, plain, disguised] {
        let refused = role::refuse_privileged(&client).await.unwrap_err();
        assert!(
            matches!(refused, PrivilegeError::Privileged { .. }),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_copy_of_a_migrated_template_is_ready_to_serve() {
    let shared = shared().await;
    let cluster = &shared.cluster;
    let template = empty_database(cluster, "template_migrated").await;
    migrate(&template).await.unwrap();
    create_database(cluster.admin_url(), "copy", Some("template_migrated"))
        .await
        .unwrap();
    let copy = with_database(cluster.url(), "copy");
    assert_eq!(migrate(&copy).await.unwrap().applied, Vec::<String>::new());
    let ledger = connect(&connect_as(copy.parse().unwrap(), LEDGER))
        .await
        .unwrap();
    ledger.batch_execute(CREATE_BUILD_SCHEMA).await.unwrap();
    drop_database(cluster.admin_url(), "copy").await.unwrap();
    assert!(connect(&copy.parse().unwrap()).await.is_err());
}

#[tokio::test]
async fn a_login_without_rights_is_told_what_an_administrator_runs() {
    let home = home();
    let cluster = start(&home).await;
    let maintenance = with_database(cluster.admin_url(), "postgres");
    drop_database(&maintenance, "cinatra").await.unwrap();
    let admin = open(&maintenance).await;
    admin.batch_execute(DROP_ROLES).await.unwrap();
    admin.batch_execute(CREATE_GUEST).await.unwrap();
    database::create_for(&admin, "site", None, "guest")
        .await
        .unwrap();
    let (_, address) = cluster.url().split_once('@').unwrap();
    let url = with_database(&format!("postgresql://guest:guest@{address}"), "site");

    let MigrateError::MissingRights { sql, .. } = migrate(&url).await.unwrap_err() else {
        panic!("guest may not create roles");
    };
    let site = open(&with_database(cluster.admin_url(), "site")).await;
    site.batch_execute(&sql).await.unwrap();
    migrate(&url).await.unwrap();
    cluster.stop().await.unwrap();
}
