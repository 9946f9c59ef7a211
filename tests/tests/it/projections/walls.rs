//! Row-level security: whatever a statement forgets, nobody sees another organization's rows (ADR-0008).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::kernel::TenantId;
use cinatra_eventstore::{EventStore, SystemClock, sql};
use cinatra_migrations::role;
use cinatra_projections::Options;
use cinatra_tests::gate::Gate;
use cinatra_tests::tree;
use regex::Regex;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::{ACME, History, OTHER, System, World};

const COUNT_ROWS: &str = include_str!("sql/count_rows.sql");
const VIEWER: &str = "viewer PERMISSIVE cinatra_reader SELECT \
                      (tenant_id = (current_setting('app.tenant'::text))::uuid)";
const RUNNER: &str = "runner PERMISSIVE cinatra_ledger ALL true true";
const KEEPER: &str = "keeper PERMISSIVE cinatra_owner ALL true true";

/// What the reading role may select although its rows have no tenant, each with the reason.
const SHARED: &[(&str, &str)] = &[(
    "public.projection_builds",
    "which build serves is the same for every organization, and each query has to ask",
)];

/// Policies beside those that every table has, each with the reason.
const EXTRA: &[(&str, &str, &str)] = &[(
    "public.ledgers",
    KEEPER,
    "a policy that hides the row would hide the trigger that refuses to change it",
)];

/// Tables with a tenant that no viewer reads, each with the reason.
const UNREAD: &[(&str, &str)] = &[
    (
        "public.challenges",
        "a mailed secret is looked up before anybody knows whose it is",
    ),
    (
        "public.jobs",
        "what workers have to do is nothing to a caller",
    ),
    (
        "public.mails",
        "a mail carries secrets, and only who hands it over reads it",
    ),
    (
        "public.process_checkpoints",
        "how far a process is, is nothing to a caller",
    ),
    (
        "public.run_checkpoints",
        "where a run goes on from is for the worker that takes it, never for a reader",
    ),
    (
        "public.run_frames",
        "the server reads frames for whoever may see the run, which the tenant alone does not say",
    ),
    ("public.run_heads", "as its frames"),
    (
        "public.secret_keys",
        "a key is for the commands that use it, never for a reader",
    ),
    (
        "public.secrets",
        "what is kept secret is shown to nobody, sealed or not",
    ),
    (
        "public.tokens",
        "a credential is looked up before anybody knows whose it is",
    ),
];

/// Tables of which rows are several organizations', with a wall of their own, each with the reason.
const COMMON: &[(&str, &str, &str)] = &[(
    ".people",
    "viewer PERMISSIVE cinatra_reader SELECT (EXISTS ( SELECT",
    "a person is seen by every organization that they are a member of",
)];

/// One table and what guards it.
struct Wall {
    table: String,
    has_tenant: bool,
    is_forced: bool,
    is_readable: bool,
    policies: Vec<String>,
}

async fn walls(system: &System) -> Vec<Wall> {
    let superuser = system.database.superuser().await.unwrap();
    let rows = superuser
        .query(include_str!("sql/list_walls.sql"), &[])
        .await
        .unwrap();
    let wall = |row: &tokio_postgres::Row| Wall {
        table: row.get(0),
        has_tenant: row.get(1),
        is_forced: row.get(2),
        is_readable: row.get(3),
        policies: row.get(4),
    };
    rows.iter().map(wall).collect()
}

/// What is open, table by table.
async fn gaps(system: &System) -> Vec<String> {
    let mut gaps = Vec::new();
    for wall in walls(system).await {
        let table = wall.table.as_str();
        let common = COMMON.iter().find(|(of, ..)| table.ends_with(of));
        if let Some((_, own, _)) = common {
            let is_own = |policy: &String| policy == RUNNER || policy.starts_with(own);
            let is_guarded = wall.policies.len() == 2 && wall.policies.iter().all(is_own);
            if !(wall.is_forced && wall.is_readable && is_guarded) {
                gaps.push(format!("{table} has the policies {:?}", wall.policies));
            }
            continue;
        }
        if !wall.has_tenant {
            if wall.is_readable && !SHARED.iter().any(|(shared, _)| *shared == table) {
                gaps.push(format!(
                    "{table} has no tenant and the reading role sees it"
                ));
            }
            continue;
        }
        let is_unread = UNREAD.iter().any(|(unread, _)| *unread == table);
        let extra = EXTRA.iter().filter(|(of, ..)| *of == table);
        let mut wanted: BTreeSet<&str> = extra.map(|(_, policy, _)| *policy).collect();
        wanted.insert(RUNNER);
        if !is_unread {
            wanted.insert(VIEWER);
        }
        let policies: BTreeSet<&str> = wall.policies.iter().map(String::as_str).collect();
        if !wall.is_forced {
            gaps.push(format!("{table} has no forced row-level security"));
        }
        if policies != wanted {
            gaps.push(format!("{table} has the policies {policies:?}"));
        }
        if wall.is_readable == is_unread {
            gaps.push(format!("{table}: may be read: {}", wall.is_readable));
        }
    }
    gaps
}

/// Both organizations have rows in every table.
async fn inhabited() -> System {
    let system = System::fresh().await;
    let runner = system.start().await;
    World::of([ACME, OTHER]).live(&system.store, 60, 4).await;
    for tenant in [ACME, OTHER] {
        let mut history = History::of(tenant, 8);
        history.live(&system.store, 120, 5).await;
        history.take_down(&system.store).await;
        history
            .force_delete(&system.store, "@acme/gone-agent", "a typed reason")
            .await;
    }
    system.settle().await;
    runner.stop().await;
    system
        .as_superuser(include_str!("sql/inhabit_tables.sql"))
        .await;
    system
}

/// The tables that a viewer reads, in which both organizations have rows.
async fn inhabited_tables(system: &System) -> Vec<String> {
    let superuser = system.database.superuser().await.unwrap();
    let mut tables = Vec::new();
    for wall in walls(system).await {
        if wall.has_tenant && wall.is_readable {
            let (own, others) = count(&superuser, &wall.table, ACME).await.unwrap();
            assert!(own > 0 && others > 0, "nothing to hide in {}", wall.table);
            tables.push(wall.table);
        }
    }
    assert!(tables.len() >= 24, "{tables:?}");
    tables
}

/// Rows of the tenant and rows of others.
async fn count(
    client: &Client,
    table: &str,
    tenant: TenantId,
) -> Result<(i64, i64), tokio_postgres::Error> {
    let row = client
        .query_one(&COUNT_ROWS.replace("{table}", table), &[&tenant.uuid()])
        .await?;
    Ok((row.get(0), row.get(1)))
}

/// A statement of the event store by its name.
fn statement(name: &str) -> &'static str {
    let found = sql::ALL.iter().find(|(of, _)| *of == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_with_a_tenant_is_under_forced_row_level_security() {
    let system = System::fresh().await;
    let runner = system.start().await;
    assert_eq!(gaps(&system).await, [""; 0]);
    runner.stop().await;
    // Of builds that a rebuild made, too.
    let mut acme = History::of(ACME, 4);
    acme.live(&system.store, 50, 5).await;
    for name in cinatra_projections::Projections::names() {
        system.projections.rebuild(name, &|_| ()).await.unwrap();
    }
    let walls = walls(&system).await;
    for build in ["p_audit_events_1.decisions", "p_audit_events_2.decisions"] {
        assert!(walls.iter().any(|wall| wall.table == build), "{build}");
    }
    assert_eq!(gaps(&system).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_from_before_are_secured_at_the_start() {
    let system = System::fresh().await;
    system.start().await.stop().await;
    system
        .as_superuser(include_str!("sql/take_walls_down.sql"))
        .await;
    assert_eq!(gaps(&system).await.len(), 3);
    for _ in 0..2 {
        let node = system.beside(Options::default()).await;
        node.start().await.unwrap().stop().await;
        assert_eq!(gaps(&system).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_any_filter_sees_its_own_organization_only() {
    let system = inhabited().await;
    for table in inhabited_tables(&system).await {
        let everything = COUNT_ROWS.replace("{table}", &table);
        for tenant in [ACME, OTHER] {
            let rows = system
                .store
                .query_scoped(tenant, &everything, &[&tenant.uuid()])
                .await
                .unwrap();
            let (own, others): (i64, i64) = (rows[0].get(0), rows[0].get(1));
            assert!(own > 0, "{table}: its own rows are hidden from {tenant}");
            assert_eq!(others, 0, "{table}: {tenant} sees rows of another");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_whose_own_filter_was_removed_sees_nothing_of_another() {
    let system = inhabited().await;
    let superuser = system.database.superuser().await.unwrap();
    let own_filter = Regex::new(r"\w\.tenant_id = \$2").unwrap();
    // What a query is asked about, which is no filter of the tenant's: nothing is asked here, so all is answered.
    let one = Regex::new(r"(\w\.\w+_(?:id|kind|name|type) = (\$\d+))").unwrap();
    let many = Regex::new(r"(\w\.\w+_id = any\((\$\d+)\))").unwrap();
    let nobody = TenantId::new(Uuid::from_u128(0x00b0_d1e5));
    let mut tried = 0;
    for (model, file) in queries() {
        let path = file.path;
        assert!(own_filter.is_match(&file.text), "{path}");
        let open = own_filter.replace_all(&file.text, "$$2::uuid is not null");
        let open = one.replace_all(&open, "($1 or $2 is null)");
        let open = many.replace_all(&open, "($1 or cardinality($2) = 0)");
        let open = open.replace("{build}", &format!("p_{model}_1"));
        let prepared = superuser.prepare(&open).await.unwrap();
        let rest: Vec<_> = prepared.params().iter().skip(2).map(null).collect();
        for tenant in [ACME, nobody] {
            let id = tenant.uuid();
            let mut bound: Vec<&(dyn ToSql + Sync)> = vec![&1_i32, &id];
            bound.extend(rest.iter().map(AsRef::as_ref));
            let all = found(&superuser.query(&prepared, &bound).await.unwrap());
            let seen = system.store.query_scoped(tenant, &open, &bound).await;
            let seen = found(&seen.unwrap());
            if tenant == ACME {
                assert!(0 < seen && seen < all, "{path}: {seen} of {all}");
            } else {
                assert!(all > 0 && seen == 0, "{path}: {seen} of {all}");
            }
        }
        tried += 1;
    }
    assert_eq!(tried, 30);
}

/// The statements that queries of read models ask, with the read model's name.
fn queries() -> Vec<(String, tree::File)> {
    let mut queries = Vec::new();
    let files = tree::files();
    for asking in &files {
        let Some(folder) = asking.path.strip_suffix("query.rs") else {
            continue;
        };
        let Some(model) = folder.strip_prefix("projections/src/") else {
            continue;
        };
        let model = model.split('/').next().unwrap();
        queries.extend(files.iter().filter_map(|file| {
            let name = file.path.strip_prefix(folder)?;
            let is_asked = asking.text.contains(&format!("include_str!(\"{name}\")"));
            is_asked.then(|| (model.to_owned(), file.clone()))
        }));
    }
    queries
}

/// Rows that are no marker of an empty answer.
fn found(rows: &[tokio_postgres::Row]) -> usize {
    let found = |row: &&tokio_postgres::Row| row.get::<_, Option<bool>>("found").is_some();
    rows.iter().filter(found).count()
}

/// No value, of the type that a parameter has, or an empty list.
fn null(of: &Type) -> Box<dyn ToSql + Sync> {
    match *of {
        Type::INT8 => Box::new(None::<i64>),
        Type::BOOL => Box::new(None::<bool>),
        Type::UUID => Box::new(None::<Uuid>),
        Type::TIMESTAMPTZ => Box::new(None::<jiff::Timestamp>),
        Type::TEXT_ARRAY => Box::new(Vec::<String>::new()),
        Type::UUID_ARRAY => Box::new(Vec::<Uuid>::new()),
        _ => Box::new(None::<&str>),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_told_no_tenant_gets_an_error_from_every_table() {
    let system = inhabited().await;
    let tables = inhabited_tables(&system).await;
    let reader = system.database.role(role::READER).await.unwrap();
    for table in &tables {
        let refused = count(&reader, table, ACME).await.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::UNDEFINED_OBJECT), "{table}");
    }
    // What the store's transaction told is forgotten with its end, whether it commits or rolls back.
    for end in ["commit", "rollback"] {
        reader.batch_execute(statement("begin_read")).await.unwrap();
        reader
            .query_one(statement("set_tenant"), &[&ACME.uuid()])
            .await
            .unwrap();
        assert!(count(&reader, "events", ACME).await.unwrap().0 > 0);
        reader.batch_execute(statement(end)).await.unwrap();
        let row = reader
            .query_one(include_str!("sql/read_tenant.sql"), &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, Option<&str>>(0), None);
        for table in &tables {
            let refused = count(&reader, table, ACME).await.unwrap_err();
            let code = refused.code();
            assert_eq!(
                code,
                Some(&SqlState::INVALID_TEXT_REPRESENTATION),
                "{table}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_goes_back_to_the_pool_without_transaction_and_tenant() {
    let system = inhabited().await;
    let options = cinatra_eventstore::Options {
        readers_max: 1,
        ..cinatra_eventstore::Options::default()
    };
    system.store.close().await;
    let config = system.database.url.parse().unwrap();
    let store = EventStore::open(config, Arc::new(SystemClock), options);
    let store = store.await.unwrap();
    let superuser = system.database.superuser().await.unwrap();
    let connections = async || {
        let rows = superuser
            .query(include_str!("sql/list_readers.sql"), &[])
            .await
            .unwrap();
        let one = |row: &tokio_postgres::Row| (row.get::<_, i32>(0), row.get::<_, bool>(1));
        rows.iter().map(one).collect::<Vec<_>>()
    };
    let tenant = async |tenant: TenantId| {
        let told = include_str!("sql/read_tenant.sql");
        let rows = store.query_scoped(tenant, told, &[]).await.unwrap();
        rows[0].get::<_, String>(0)
    };
    assert_eq!(tenant(ACME).await, ACME.to_string());
    let before = connections().await;
    assert!(matches!(before[..], [(_, true)]), "{before:?}");

    // Refused by the server, and never sent: both end the transaction on the same connection.
    store
        .query_scoped(ACME, "select 1 / 0", &[])
        .await
        .unwrap_err();
    let wrong: [&(dyn ToSql + Sync); 1] = [&"a text for a number"];
    store
        .query_scoped(ACME, "select $1::integer", &wrong)
        .await
        .unwrap_err();
    assert_eq!(connections().await, before);
    assert_eq!(tenant(OTHER).await, OTHER.to_string());
    assert_eq!(connections().await, before);

    // Abandoned in the middle: the next one gets another connection.
    let sleep = store.query_scoped(ACME, include_str!("sql/sleep.sql"), &[]);
    let abandoned = tokio::time::timeout(Duration::from_millis(200), sleep).await;
    assert!(abandoned.is_err());
    assert_eq!(tenant(OTHER).await, OTHER.to_string());
    assert_eq!(tenant(ACME).await, ACME.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn telling_the_tenant_costs_no_trip_to_the_database() {
    let system = inhabited().await;
    let gate = Gate::before(&system.database).await.unwrap();
    let options = cinatra_eventstore::Options::default();
    let store = EventStore::open(gate.config(), Arc::new(SystemClock), options);
    let store = store.await.unwrap();
    let everything = COUNT_ROWS.replace("{table}", "events");
    let tenant: [&(dyn ToSql + Sync); 1] = [&ACME.uuid()];
    // The first time the connection learns both statements.
    let first = store.query_scoped(ACME, &everything, &tenant).await;
    first.unwrap();
    gate.hold_answers();
    let again = store.query_scoped(ACME, &everything, &tenant).await;
    again.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_of_ours_may_bypass_and_whoever_may_is_refused() {
    let system = System::fresh().await;
    let superuser = system.database.superuser().await.unwrap();
    let serving = system.database.role(role::READER).await.unwrap();
    let rows = serving
        .query(include_str!("sql/list_roles.sql"), &[])
        .await
        .unwrap();
    let bound: BTreeSet<String> = rows
        .iter()
        .map(|row| {
            let name: String = row.get(0);
            assert!(row.get::<_, bool>(1), "{name} may bypass");
            name
        })
        .collect();
    for name in [role::OWNER, role::LEDGER, role::READER] {
        assert!(bound.contains(name), "{bound:?}");
    }
    superuser
        .batch_execute(include_str!("sql/become_who_may_bypass.sql"))
        .await
        .unwrap();
    let refused = role::refuse_privileged(&superuser).await;
    superuser
        .batch_execute(include_str!("sql/drop_who_may_bypass.sql"))
        .await
        .unwrap();
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("bypass row-level security"), "{refused}");
}
