//! Nobody of ours can rewrite the log.

use cinatra_eventstore::Expected;
use cinatra_migrations::role;
use cinatra_tests::Database;
use tokio_postgres::error::SqlState;

use super::{append, store};

const ATTEMPTS: &str = include_str!("sql/attempts_to_rewrite.sql");
const SET_TENANT: &str = include_str!("sql/set_tenant.sql");

#[tokio::test]
async fn the_log_refuses_update_delete_and_truncate_to_every_role() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    store
        .append(append(
            "one",
            "@acme/x",
            Expected::NoStream,
            &["ext:@acme/x"],
            Vec::new(),
        ))
        .await
        .unwrap();
    let attempts: Vec<&str> = ATTEMPTS
        .split(';')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .collect();
    assert_eq!(attempts.len(), 13);
    for name in [role::OWNER, role::LEDGER, role::READER] {
        let client = database.role(name).await.unwrap();
        client.batch_execute(SET_TENANT).await.unwrap();
        for attempt in &attempts {
            let refused = client
                .batch_execute(attempt)
                .await
                .expect_err(&format!("{name} could: {attempt}"));
            assert_eq!(
                refused.code(),
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{name}: {attempt}: {refused:?}"
            );
        }
    }
    let verdict = store.verify(super::ACME, &|_, _| {}).await.unwrap();
    assert!(
        matches!(verdict, cinatra_eventstore::Verdict::Intact { .. }),
        "{verdict:?}"
    );
}

#[tokio::test]
async fn a_role_that_serves_cannot_take_on_more_than_it_has() {
    let database = Database::fresh().await.unwrap();
    let superuser = database.superuser().await.unwrap();
    assert!(role::refuse_privileged(&superuser).await.is_err());
    for name in [role::LEDGER, role::READER] {
        let client = database.role(name).await.unwrap();
        role::refuse_privileged(&client).await.unwrap();
    }
    let owner = database.role(role::OWNER).await.unwrap();
    assert!(role::refuse_privileged(&owner).await.is_err());
}
