//! What a run told its viewers, as pages instead of a stream.

use cinatra_commands::run::run_id;
use cinatra_domain::kernel::Position;
use cinatra_domain::run::frame::Channel;
use cinatra_eventstore::{Cursor, Frame, ReadError, RunPage};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{Reply, problem};
use super::catalogue::{CatalogueError, Declaration, Primitive};
use super::run::{READ, RUN};
use super::{Alias, Place};
use crate::problem::Problem;

/// Events on a page unless somebody asks for another number.
const LIMIT: u16 = 100;

/// Which events of a run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListEvents {
    /// Which run.
    #[schemars(length(max = 36))]
    run_id: String,
    /// The id of the last event that was seen; from the beginning when absent.
    #[schemars(length(max = 64))]
    after: Option<String>,
    /// Most events to answer with; 100 when absent. Large ones may be fewer.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u16>,
}

/// One event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// Its place, as streams say it.
    id: String,
    /// `ag-ui` for what happens, `a2ui` for the surfaces through which people answer.
    channel: &'static str,
    /// In which segment of the run.
    segment: i64,
    /// When.
    recorded_at: Timestamp,
    /// What streams send.
    event: Value,
}

/// A page of them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Page {
    /// In order, without a gap.
    items: Vec<Told>,
    /// Where the next page begins; absent when there was no more.
    next_after: Option<String>,
}

/// The entry in the catalogue.
pub(super) fn primitive() -> Result<Primitive, CatalogueError> {
    Declaration::query("agent_run_events_list", RUN, READ)
        .also_at(Alias::get("/api/agents/runs/{runId}/events"))
        .told(
            "List the events of a run",
            "Answers what a run told its viewers, in order and on all channels, from right after an event: the same \
            as its stream, a page at a time.",
        )
        .handled_by(async |backend, call, input: ListEvents| {
            let run = run_id(&input.run_id).map_err(|error| problem(&error))?;
            let (store, tenant) = (&backend.store, call.principal.tenant());
            let unavailable = |error: ReadError| Problem::of(&error);
            let after = input.after.as_deref().map_or(Some(Cursor::START), Cursor::parse);
            let after = after.ok_or_else(|| refused("is not the id of an event, such as 1-3"))?;
            // Order: the place before the page, so that no more is promised than is shown.
            let head = store.head(tenant).await.map_err(unavailable)?;
            let limit = i64::from(input.limit.unwrap_or(LIMIT));
            let page = store.read_frames(tenant, run.0, after, limit).await;
            let output = match page.map_err(unavailable)? {
                RunPage::Frames { head, frames } => page_of(&frames, head.last_seq)?,
                RunPage::Reset { head: None, .. } => {
                    return Err(Problem::not_found("There is no such thing."));
                }
                RunPage::Reset { reason, .. } => return Err(refused(reason.as_str())),
            };
            Ok(Reply {
                output,
                at: Some(Place::from((tenant, head.unwrap_or(Position::START)))),
                stale: Some(false),
                session: None,
            })
        })
}

fn refused(reason: &str) -> Problem {
    Problem::invalid_input("after", reason)
}

fn page_of(frames: &[Frame], last_seq: i64) -> Result<Page, Problem> {
    let last = frames.last().map(|frame| frame.cursor);
    let next = last.filter(|cursor| cursor.seq < last_seq);
    let items = frames.iter().map(told).collect::<Result<_, _>>()?;
    Ok(Page {
        items,
        next_after: next.map(|cursor| cursor.to_string()),
    })
}

fn told(frame: &Frame) -> Result<Told, Problem> {
    let event = serde_json::from_slice(&frame.data);
    let event = event.map_err(|error| crate::problem::unreadable(&error))?;
    Ok(Told {
        id: frame.cursor.to_string(),
        channel: Channel::of_code(frame.channel).map_or("unknown", Channel::word),
        segment: frame.segment.into(),
        recorded_at: frame.recorded_at,
        event,
    })
}
