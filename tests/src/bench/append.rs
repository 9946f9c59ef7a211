//! P1, P2, P3: appends through the public store API.

use std::sync::Arc;
use std::time::Duration;

use cinatra_domain::kernel::{ActorId, CommandId, EventId, Revision, StreamId, Tag, TenantId};
use cinatra_eventstore::{
    Append, Authority, CommandRecord, Context, EventStore, Expected, NewEvent, StreamAppend,
};
use tokio::sync::oneshot;
use tokio_postgres::Config;
use uuid::Uuid;

use super::floor::{self, BareAppend, RESULT, rand_id};
use super::measure::{Goal, Sample, Variant, contest, load};
use crate::{Outcome, fault};

/// One shape of append load.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Clients at once.
    pub clients: usize,
    /// Events of one command.
    pub events: usize,
    /// Ledgers over which the clients are spread.
    pub ledgers: usize,
}

/// About 271 bytes of MessagePack, as measured on real events.
fn payload() -> Vec<u8> {
    let mut bytes = vec![0x81, 0xa4];
    bytes.extend_from_slice(b"body\xd9\xff");
    bytes.extend(std::iter::repeat_n(b'x', 255));
    bytes.truncate(271);
    bytes
}

/// An append of `events` events to one stream.
pub fn append(tenant: TenantId, stream: &StreamId, next: i64, events: usize) -> Append {
    let command = Uuid::from_u128(rand_id());
    let tag = Tag::new("ext", stream.id()).into_iter().collect::<Vec<_>>();
    let event = |_| NewEvent {
        event_id: EventId(Uuid::from_u128(rand_id())),
        wire_name: "bench.noted.v1",
        payload: payload(),
        tags: tag.clone(),
    };
    let expected = if next == 0 {
        Expected::NoStream
    } else {
        Expected::At(Revision(next - 1))
    };
    Append {
        tenant,
        streams: vec![StreamAppend {
            stream: stream.clone(),
            expected,
            events: (0..events).map(event).collect(),
            state: None,
        }],
        conditions: Vec::new(),
        command: CommandRecord {
            command_id: CommandId(command),
            request_hash: [7; 32],
            outcome: "ok".to_owned(),
            result: RESULT.to_vec(),
        },
        context: Context {
            actor: ActorId::service("bench"),
            authority: Authority {
                permission: "bench.note".to_owned(),
                via: "platform_admin".to_owned(),
                judged_at: Vec::new(),
                primitive: String::new(),
            },
            causation_id: None,
            correlation_id: command,
        },
        side: Vec::new(),
    }
}

/// Creates `count` fresh ledgers.
pub async fn ledgers(store: &EventStore, count: usize) -> Outcome<Vec<TenantId>> {
    let mut tenants = Vec::with_capacity(count);
    for _ in 0..count {
        let tenant = TenantId::new(Uuid::from_u128(rand_id()));
        store.create_ledger(tenant).await?;
        tenants.push(tenant);
    }
    Ok(tenants)
}

/// Runs our side of one shape: every client keeps appending to a stream of its own.
pub async fn ours(store: &EventStore, shape: Shape, length: Duration) -> Outcome<Sample> {
    let tenants = Arc::new(ledgers(store, shape.ledgers).await?);
    load(shape.clients, length, shape.events, |number| {
        let (store, tenants) = (store.clone(), Arc::clone(&tenants));
        let stream = StreamId::new("bench", &format!("{number}-{}", rand_id()));
        let events = i64::try_from(shape.events).unwrap_or(i64::MAX);
        move |turn: u64| {
            let (store, stream) = (store.clone(), stream.clone());
            // Order: a client stays with its stream, so it keeps to one ledger unless there are more
            // ledgers than clients; then its streams are one a ledger.
            let spread = usize::try_from(turn).unwrap_or(0) * shape.clients + number;
            let index = spread % tenants.len();
            let tenant = tenants.get(index).copied();
            let round = i64::try_from(spread / tenants.len()).unwrap_or(0);
            async move {
                let tenant = tenant.ok_or_else(|| fault("no ledger"))?;
                let (stream, next) = if shape.ledgers > 1 {
                    (StreamId::new("bench", &format!("{index}-{round}")), 0)
                } else {
                    (stream, i64::try_from(turn).unwrap_or(0) * events)
                };
                store
                    .append(append(tenant, &stream, next, shape.events))
                    .await?;
                Ok(())
            }
        }
    })
    .await
}

/// Runs the bare program on the same shape.
pub async fn bare(config: &Config, shape: Shape, length: Duration) -> Outcome<Sample> {
    let sender = floor::start(config, shape.ledgers).await?;
    load(shape.clients, length, shape.events, |number| {
        let sender = sender.clone();
        let name = format!("bench:{number}-{}", rand_id());
        move |turn: u64| {
            let (sender, name) = (sender.clone(), name.clone());
            let spread = usize::try_from(turn).unwrap_or(0) * shape.clients + number;
            async move {
                let (reply, done) = oneshot::channel();
                let next = i64::try_from(turn).unwrap_or(0)
                    * i64::try_from(shape.events).unwrap_or(i64::MAX);
                let (stream, next) = if shape.ledgers > 1 {
                    (format!("bench:{spread}"), 0)
                } else {
                    (name, next)
                };
                let append = BareAppend {
                    ledger: spread % shape.ledgers,
                    tag: format!("ext:{stream}"),
                    stream: (stream, next),
                    command: Uuid::from_u128(rand_id()),
                    payloads: vec![payload(); shape.events],
                };
                sender.send((append, reply)).await?;
                done.await?;
                Ok(())
            }
        }
    })
    .await
}

/// Measures one shape against the bare program.
pub async fn variant(
    name: &str,
    store: &EventStore,
    config: &Config,
    shape: Shape,
    goal: Goal,
    length: Duration,
) -> Outcome<Variant> {
    contest(
        name,
        goal,
        || ours(store, shape, length),
        || bare(config, shape, length),
    )
    .await
}
