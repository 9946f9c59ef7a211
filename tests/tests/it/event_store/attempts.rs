//! Failures to sign in are counted exactly, however many come at once.

use std::time::Duration;

use cinatra_eventstore::AttemptKey;
use cinatra_tests::Database;
use futures_util::future::join_all;

use super::store;

const HOUR: i64 = 3600;
const HERE: AttemptKey = AttemptKey {
    account: [1; 32],
    address: [2; 32],
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_failures_at_once_each_gets_a_number_of_its_own() {
    let database = Database::fresh().await.unwrap();
    let stores = [store(&database).await, store(&database).await];
    let failing = (0..50_usize).map(|number| {
        let store = stores[number % 2].clone();
        async move { store.record_attempt(&HERE, HOUR).await.unwrap() }
    });
    let mut counts = join_all(failing).await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=50).collect::<Vec<i64>>());
    assert_eq!(stores[0].count_attempts(&HERE, HOUR).await.unwrap(), 50);
}

#[tokio::test]
async fn failures_are_counted_by_account_and_address_and_within_the_window() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let elsewhere = AttemptKey {
        address: [3; 32],
        ..HERE
    };
    for key in [HERE, HERE, elsewhere] {
        store.record_attempt(&key, HOUR).await.unwrap();
    }
    assert_eq!(store.count_attempts(&HERE, HOUR).await.unwrap(), 2);
    assert_eq!(store.count_attempts(&elsewhere, HOUR).await.unwrap(), 1);
    assert_eq!(store.sweep_attempts(HOUR).await.unwrap(), 0);

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(store.count_attempts(&HERE, 1).await.unwrap(), 0);
    assert_eq!(store.count_attempts(&HERE, HOUR).await.unwrap(), 2);
    assert_eq!(store.record_attempt(&HERE, 1).await.unwrap(), 1);
    assert_eq!(
        store.count_attempts(&HERE, HOUR).await.unwrap(),
        1,
        "forgotten"
    );
    assert_eq!(store.sweep_attempts(1).await.unwrap(), 1);
    assert_eq!(store.count_attempts(&elsewhere, HOUR).await.unwrap(), 0);

    store.clear_attempts(&HERE).await.unwrap();
    assert_eq!(store.count_attempts(&HERE, HOUR).await.unwrap(), 0);
    assert_eq!(store.record_attempt(&HERE, HOUR).await.unwrap(), 1);
}

#[tokio::test]
async fn at_most_a_thousand_failures_are_kept() {
    let database = Database::fresh().await.unwrap();
    let store = store(&database).await;
    let superuser = database.superuser().await.unwrap();
    let (account, address): (&[u8], &[u8]) = (&HERE.account, &HERE.address);
    superuser
        .execute(include_str!("sql/fill_attempts.sql"), &[&account, &address])
        .await
        .unwrap();
    assert_eq!(store.count_attempts(&HERE, HOUR).await.unwrap(), 1_500);
    for _ in 0..2 {
        assert_eq!(store.record_attempt(&HERE, HOUR).await.unwrap(), 1_000);
    }
}
