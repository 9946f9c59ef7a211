//! The bug that the check must find: one acknowledged command, written twice.

use std::sync::Arc;

use cinatra_domain::kernel::{ActorId, CommandId, EventId, StreamId, TenantId};
use cinatra_eventstore::{
    Append, Authority, CommandRecord, Context, EventStore, Expected, NewEvent, Options,
    StreamAppend, SystemClock,
};
use uuid::Uuid;

use crate::crash::history::{Action, Ended, History};
use crate::{Database, Outcome, fault};

/// Appends the last acknowledged event a second time, as a server without idempotency would on a retry:
/// well formed and chained.
pub(in crate::crash) async fn plant_double_write(
    database: &Database,
    history: &History,
) -> Outcome<()> {
    let operations = history.operations();
    let acknowledged = operations
        .iter()
        .rev()
        .find(|o| matches!(o.ended, Some((_, Ended::Ok { .. }))));
    let operation = acknowledged.ok_or_else(|| fault("nothing was acknowledged"))?;
    let (tenant, _) = super::image::ledger(&database.superuser().await?).await?;
    let tenant = TenantId::new(tenant);
    let store = EventStore::open(
        database.url.parse()?,
        Arc::new(SystemClock),
        Options::default(),
    )
    .await?;
    let stream = StreamId::new("extension", &operation.package);
    let events = store.read_stream(tenant, &stream, None, i64::MAX).await?;
    let last = events.last().ok_or_else(|| fault("the stream is empty"))?;
    let actor = ActorId::parse(last.actor.as_str())?;
    let appended = store
        .append(Append {
            tenant,
            streams: vec![StreamAppend {
                stream,
                expected: Expected::Any,
                events: vec![NewEvent {
                    event_id: EventId(Uuid::from_u128(last.event_id.0.as_u128() ^ 1)),
                    wire_name: wire_name(&last.wire_name)?,
                    payload: last.payload.clone(),
                    tags: Vec::new(),
                }],
                state: None,
            }],
            conditions: Vec::new(),
            command: CommandRecord {
                command_id: CommandId::derive(&actor, &format!("{}-again", operation.key))?,
                request_hash: [0; 32],
                outcome: "ok".to_owned(),
                result: Vec::new(),
            },
            context: Context {
                actor,
                authority: Authority {
                    permission: "planted".into(),
                    via: "planted".into(),
                    judged_at: Vec::new(),
                    primitive: String::new(),
                },
                causation_id: None,
                correlation_id: Uuid::nil(),
            },
            side: Vec::new(),
        })
        .await?;
    crate::console::say(format!(
        "planted: {} of {} once more, at {}",
        last.wire_name, operation.package, appended.last
    ));
    store.close().await;
    Ok(())
}

fn wire_name(text: &str) -> Outcome<&'static str> {
    let names = [Action::Archive, Action::Restore].map(Action::wire_name);
    names
        .into_iter()
        .find(|name| *name == text)
        .ok_or_else(|| fault(format!("{text} was not expected")))
}
