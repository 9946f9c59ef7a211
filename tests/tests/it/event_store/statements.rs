//! Every statement of the store is understood by the database, by the role that asks it.

use cinatra_eventstore::{Role, sql};
use cinatra_migrations::role;
use cinatra_tests::{Database, tree};
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

/// Tables that nobody reads who reads for an organization.
const HIDDEN: &[&str] = &[
    "tokens",
    "sessions",
    "passwords",
    "sign_in_attempts",
    "challenges",
    "mails",
    "process_checkpoints",
    "jobs",
    "run_heads",
    "run_frames",
    "run_checkpoints",
];

#[tokio::test]
async fn the_ledger_role_can_prepare_every_statement() {
    let database = Database::fresh().await.unwrap();
    let config = Role::Unscoped.connect(&database.url.parse().unwrap());
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    for (name, text) in sql::ALL {
        if let Err(error) = client.prepare(text).await {
            panic!("{name}: {:?}", error.as_db_error());
        }
    }
}

#[test]
fn every_statement_file_is_listed_and_says_what_it_is_for() {
    let folder = "eventstore/src/sql/";
    let mut files: Vec<String> = Vec::new();
    for file in tree::files() {
        let Some(name) = file.path.strip_prefix(folder) else {
            continue;
        };
        let name = name.trim_end_matches(".sql").to_owned();
        let is_bare = ["begin", "begin_read", "commit", "rollback"].contains(&name.as_str());
        assert!(is_bare || file.text.starts_with("-- "), "{name}");
        files.push(name);
    }
    files.sort_unstable();
    let mut listed: Vec<&str> = sql::ALL.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

#[tokio::test]
async fn the_role_of_requests_can_do_nothing_with_tables_of_identity() {
    let database = Database::fresh().await.unwrap();
    let reader = database.role(role::READER).await.unwrap();
    let owner = database.superuser().await.unwrap();
    for table in HIDDEN {
        let rights = owner
            .query_one(include_str!("sql/read_rights.sql"), &[table])
            .await
            .unwrap();
        let rights: Vec<String> = rights.get(0);
        assert!(rights.is_empty(), "{table}: {rights:?}");
        let probe = include_str!("sql/read_all.sql").replace("{table}", table);
        let refused = reader.query(&probe, &[]).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE),
            "{table}"
        );
    }
}
