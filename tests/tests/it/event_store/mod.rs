//! The ledger's promises, tried against a real database: append-only, conflicts in every order of steps,
//! tampering found. And what stands beside it: rows that commit with events, credentials, mail, checkpoints.

mod append_only;
mod attempts;
mod beside;
mod concurrency;
mod credentials;
mod interleaving;
mod jobs;
mod mailbox;
mod process;
mod question;
mod run_log;
mod statements;
pub(crate) mod tampering;

use std::sync::Arc;

use cinatra_domain::extension::{ExtensionEvent, Restored};
use cinatra_domain::kernel::{ActorId, CommandId, Event as _, StreamId, Tag, TenantId};
use cinatra_eventstore::{
    Append, Authority, Clock as _, CommandRecord, Condition, Context, EventStore, Expected,
    NewEvent, Options, StreamAppend, SystemClock, sql,
};
use cinatra_tests::Database;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// The organization of these tests.
const ACME: TenantId = TenantId::new(Uuid::from_u128(0xacae));
/// Another one.
const OTHER: TenantId = TenantId::new(Uuid::from_u128(0x07e5));

/// A store with an empty ledger.
async fn store(database: &Database) -> EventStore {
    let config = database.url.parse().unwrap();
    let store = EventStore::open(config, Arc::new(SystemClock), Options::default())
        .await
        .unwrap();
    store.create_ledger(ACME).await.unwrap();
    store
}

fn tags(names: &[&str]) -> Vec<Tag> {
    names
        .iter()
        .map(|name| Tag::parse(*name).unwrap())
        .collect()
}

/// So many seconds from now, or ago.
fn later(seconds: i64) -> Timestamp {
    SystemClock.now() + SignedDuration::from_secs(seconds)
}

/// A statement of the store by its name.
fn statement(name: &str) -> &'static str {
    let found = sql::ALL.iter().find(|(of, _)| *of == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}

/// One command that appends one event to one stream.
fn append(
    key: &str,
    stream: &str,
    expected: Expected,
    tagged: &[&str],
    conditions: Vec<Condition>,
) -> Append {
    let actor = ActorId::service("test");
    let event = ExtensionEvent::Restored(Restored {
        version: key.to_owned(),
    });
    assert!(ExtensionEvent::WIRE_NAMES.contains(&event.wire_name()));
    Append {
        tenant: ACME,
        streams: vec![StreamAppend {
            stream: StreamId::new("extension", stream),
            expected,
            events: vec![NewEvent::encode(&event, tags(tagged)).unwrap()],
            state: None,
        }],
        conditions,
        command: CommandRecord {
            command_id: CommandId::derive(&actor, key).unwrap(),
            request_hash: *blake3::hash(key.as_bytes()).as_bytes(),
            outcome: "ok".to_owned(),
            result: Vec::new(),
        },
        context: Context {
            actor,
            authority: Authority {
                permission: "extensions.restore".to_owned(),
                via: "platform_admin".to_owned(),
                judged_at: Vec::new(),
                primitive: String::new(),
            },
            causation_id: None,
            correlation_id: Uuid::nil(),
        },
        side: Vec::new(),
    }
}
