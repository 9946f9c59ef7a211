//! A question that nobody waits for any more takes its connection with it.

use std::sync::Arc;
use std::time::Duration;

use cinatra_eventstore::question::{Unanswered, ask};
use cinatra_eventstore::{EventStore, Options, SystemClock};
use cinatra_tests::Database;

const BACKEND: &str = include_str!("sql/backend.sql");
const BACKEND_LATER: &str = include_str!("sql/backend_later.sql");

#[tokio::test]
async fn a_connection_whose_question_was_given_up_is_never_lent_again() {
    let database = Database::fresh().await.unwrap();
    let options = Options {
        unscoped_max: 1,
        ..Options::default()
    };
    let config = database.url.parse().unwrap();
    let store = EventStore::open(config, Arc::new(SystemClock), options)
        .await
        .unwrap();
    let pool = store.unscoped();
    let backend = async || -> i32 { ask(pool, BACKEND, &[]).await.unwrap()[0].get(0) };
    let first = backend().await;
    assert_eq!(backend().await, first, "an answered question gives it back");

    // The caller goes away.
    let caller = tokio::time::timeout(Duration::from_millis(200), ask(pool, BACKEND_LATER, &[]));
    assert!(caller.await.is_err());
    let second = backend().await;
    assert_ne!(second, first);

    // The database takes too long.
    let overdue = ask(pool, BACKEND_LATER, &[]).await.unwrap_err();
    assert!(matches!(overdue, Unanswered::Overdue), "{overdue:?}");
    assert_ne!(backend().await, second);
    store.close().await;
}
