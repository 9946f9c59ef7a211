//! An extension's history from the ledger itself, whatever the read models say.

use cinatra_domain::extension::ExtensionEvent;
use cinatra_domain::kernel::{Decider as _, Revision, StreamId, TenantId};
use cinatra_eventstore::{EventStore, Recorded};
use cinatra_projections::extension_timeline::{Entry, Summary};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::Error;

/// Events read at once.
const PAGE: i64 = 500;

/// Everything that ever happened to an extension.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineReport {
    /// Scoped npm name.
    pub package_name: String,
    /// Oldest first.
    pub entries: Vec<Entry>,
}

/// Reads the extension's stream. `progress` is told the events done.
pub async fn timeline(
    store: &EventStore,
    tenant: TenantId,
    package_name: &str,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<TimelineReport, Error> {
    let stream = StreamId::new(cinatra_domain::extension::Extension::CATEGORY, package_name);
    let (mut entries, mut after): (Vec<Entry>, Option<Revision>) = (Vec::new(), None);
    loop {
        let page = store.read_stream(tenant, &stream, after, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.revision);
        for event in page {
            entries.push(entry(event)?);
        }
        progress(entries.len());
    }
    if entries.is_empty() {
        return Err(Error::NoHistory);
    }
    Ok(TimelineReport {
        package_name: package_name.to_owned(),
        entries,
    })
}

/// An event that this binary does not know is shown by its envelope alone.
fn entry(event: Recorded) -> Result<Entry, Error> {
    let decoded = event.decode::<ExtensionEvent>();
    let fact = decoded.map_err(|source| Error::Unreadable {
        position: event.position,
        source,
    })?;
    let summary = fact
        .as_ref()
        .map(|fact| serde_json::to_value(Summary::of(fact)));
    let summary = match summary {
        Some(Ok(Value::Object(fields))) => fields,
        Some(Ok(_) | Err(_)) | None => Map::new(),
    };
    Ok(Entry {
        package_name: event.stream.id().to_owned(),
        position: event.position,
        revision: event.revision,
        event_id: event.event_id,
        wire_name: event.wire_name,
        actor: event.actor,
        recorded_at: event.recorded_at,
        summary,
    })
}
