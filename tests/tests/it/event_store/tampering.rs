//! Nine ways to rewrite history as superuser, each found at its place.

use cinatra_eventstore::{EventStore, Expected, Finding, Verdict};
use cinatra_tests::Database;

use super::{ACME, append, store};

/// What is done, and which position must be named; `LAST` for the last event of the ledger.
pub(crate) struct Tampering {
    /// For the failure message.
    pub(crate) name: &'static str,
    /// The statements.
    pub(crate) sql: &'static str,
    /// Where it must be found.
    pub(crate) at: At,
}

/// A place that depends on how long the ledger is.
#[derive(Clone, Copy)]
pub(crate) enum At {
    Third,
    Last,
}

impl At {
    pub(crate) fn position(self, head: i64) -> i64 {
        match self {
            Self::Third => 3,
            Self::Last => head,
        }
    }
}

macro_rules! tampering {
    ($($name:ident at $at:ident),+ $(,)?) => {
        &[$(Tampering {
            name: stringify!($name),
            sql: include_str!(concat!("sql/tamper_", stringify!($name), ".sql")),
            at: At::$at,
        }),+]
    };
}

/// All nine.
pub(crate) const TAMPERINGS: &[Tampering] = tampering! {
    payload at Third,
    wire_name at Third,
    actor at Third,
    tag_row at Third,
    tail_delete at Last,
    middle_delete at Third,
    swap at Third,
    head_row at Last,
    command_log_row at Third,
};

const BYPASS: &str = include_str!("sql/bypass_triggers.sql");

/// Does it.
pub(crate) async fn tamper(database: &Database, tampering: &Tampering) {
    let superuser = database.superuser().await.unwrap();
    superuser.batch_execute(BYPASS).await.unwrap();
    superuser.batch_execute(tampering.sql).await.unwrap();
}

/// A ledger of six events, intact.
pub(crate) async fn six_events(database: &Database) -> EventStore {
    let store = store(database).await;
    for key in ["1", "2", "3", "4", "5", "6"] {
        store
            .append(append(
                key,
                "@acme/x",
                Expected::Any,
                &["ext:@acme/x"],
                Vec::new(),
            ))
            .await
            .unwrap();
    }
    let verdict = store.verify(ACME, &|_, _| {}).await.unwrap();
    assert!(
        matches!(verdict, Verdict::Intact { head, .. } if head.0 == 6),
        "{verdict:?}"
    );
    store
}

#[tokio::test]
async fn verify_names_the_first_bad_position_of_each_tampering() {
    assert_eq!(TAMPERINGS.len(), 9);
    for tampering in TAMPERINGS {
        let database = Database::fresh().await.unwrap();
        let store = six_events(&database).await;
        tamper(&database, tampering).await;
        match store.verify(ACME, &|_, _| {}).await.unwrap() {
            Verdict::Tampered { position, finding } => {
                assert_eq!(
                    position.0,
                    tampering.at.position(6),
                    "{}: {finding:?}",
                    tampering.name
                );
                assert_eq!(
                    finding == Finding::HeadMismatch,
                    tampering.name == "head_row"
                );
            }
            intact @ Verdict::Intact { .. } => {
                panic!("{} was not found: {intact:?}", tampering.name)
            }
        }
        store.close().await;
    }
}

/// Signed checkpoints will find this; the chain alone cannot. The README says so.
#[tokio::test]
async fn a_tail_cut_off_together_with_its_head_is_not_seen_yet() {
    let database = Database::fresh().await.unwrap();
    let store = six_events(&database).await;
    let rewrite = Tampering {
        name: "tail_and_head",
        sql: include_str!("sql/rewrite_tail_and_head.sql"),
        at: At::Last,
    };
    tamper(&database, &rewrite).await;
    let verdict = store.verify(ACME, &|_, _| {}).await.unwrap();
    assert!(
        matches!(verdict, Verdict::Intact { head, .. } if head.0 == 5),
        "{verdict:?}"
    );
}
