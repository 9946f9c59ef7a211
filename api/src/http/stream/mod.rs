//! A run as a stream of server-sent events: `GET /api/agents/runs/{id}/stream`, and the stretch of one that the AG-UI
//! endpoint shows.
//!
//! Stored frames first, then live ones, from right after the cursor (`Last-Event-ID`). The id of an event is the place of
//! its frame, so a viewer that was cut off goes on without a gap or a repetition; where that cannot be, it is told so
//! (`reset`). A viewer that may not look any more is cut off within a second. Source: settled.md 35 to 37,
//! spec/runs.md 2.4 to 2.7.

mod ask;
mod event;
mod look;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use cinatra_commands::run::run_id;
use cinatra_domain::kernel::{RunId, TenantId};
use cinatra_domain::run::GateId;
use cinatra_eventstore::{Cursor, Frames, ReadError, ResetReason, RunTail, Viewed};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, sleep_until};

use crate::http::guard::RequestId;
use crate::primitive::problem;
use crate::problem::Problem;
use crate::security::Principal;
use crate::server::App;

pub(super) use ask::{Ask, Asked};
use event::Dialect;
pub(super) use look::Look;

/// The primitive whose rule says who may see a stream.
pub(super) const SEES: &str = "agent_run_get";
/// How often something is sent, be it only that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether the viewer may still look. With half a second for which authority is remembered, a
/// revocation shows within one.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// A stream ends after this long; the viewer comes back by itself.
const LIFE: Duration = Duration::from_mins(30);
/// Why a cursor was not gone on from.
const RESET: &str = "cinatra-stream-reset";

/// Answers with the stream, or with 204 when there is nothing to come.
pub(super) async fn serve(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(RequestId(request)): Extension<RequestId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let ask = Ask::read(&asked, &headers)?;
    let run = run_id(&id).map_err(|error| problem(&error))?;
    let look = Look::begin(&app, SEES, run, principal, headers, request).await?;
    show(&app, look, run, ask).await
}

/// Shows a run to somebody who may look at it.
pub(super) async fn show(app: &App, look: Look, run: RunId, ask: Ask) -> Result<Response, Problem> {
    let (store, tenant) = (app.backend().store.clone(), look.tenant());
    let tail = store.run_tail(tenant, run.0);
    let head = tail.head().await.map_err(|error| Problem::of(&error))?;
    let head = head.ok_or_else(|| Problem::not_found("There is no such thing."))?;
    let (after, reset) = match ask.cursor {
        Ok(after) => match head.resume(after) {
            Ok(after) => (after, None),
            Err(reason) => (head.start(), Some(reason.as_str())),
        },
        Err(()) => (head.start(), Some("malformed")),
    };
    if let (Some(reason), Some(_)) = (reset, ask.stretch) {
        return Err(Problem::invalid_input("last-event-id", reason));
    }
    // Order: the head that was read above may be from before the run ended, so the look reads it anew.
    if reset.is_none() && after == head.cursor() && look.is_at_the_end(after).await {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let dialect = Dialect::of(&ask, &store, tenant, run, after).await;
    let dialect = dialect.map_err(|error| Problem::of(&error))?;
    if dialect.is_over() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let events = events(tail, Arc::new(look), after, dialect, reset);
    Ok(respond(Body::from_stream(events), reset))
}

/// After which frame of a run the answer to a gate is seen.
pub(super) async fn asked_at(
    app: &App,
    tenant: TenantId,
    gate: GateId,
) -> Result<Option<Cursor>, Problem> {
    let store = &app.backend().store;
    let found = event::asked_at(store, tenant, gate.run_id, &gate.to_string()).await;
    found.map_err(|error| Problem::of(&error))
}

/// A stream that says nothing but that something failed.
pub(super) fn failed(code: &str, message: &str) -> Response {
    let mut out = Vec::new();
    event::put(None, &event::failure(code, message), &mut out);
    respond(Body::from(out), None)
}

fn respond(body: Body, reset: Option<&'static str>) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(reason) = reset {
        headers.insert(RESET, HeaderValue::from_static(reason));
    }
    response
}

/// Everything that goes over the wire, in as few writes as frames come in.
fn events(
    tail: RunTail,
    look: Arc<Look>,
    after: Cursor,
    mut dialect: Dialect,
    reset: Option<&'static str>,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let mut view = Box::pin(tail.view(after));
    async_stream::try_stream! {
        let mut opening = event::opening();
        if let Some(reason) = reset {
            dialect.reset(reason, &mut opening);
        }
        dialect.prelude(&mut opening);
        yield Bytes::from(opening);
        let ends = Instant::now() + LIFE;
        // Whoever watches goes on at another node, instead of keeping this one from ending.
        let mut stopped = look.stopped();
        if *stopped.borrow_and_update() {
            return;
        }
        let mut beats = interval(HEARTBEAT);
        beats.reset();
        let first = Instant::now() + look.first_of(LOOK_AGAIN);
        let mut looks = interval_at(first, LOOK_AGAIN);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut at = after;
        let mut unsent: Option<Frames> = None;
        loop {
            // Order: what was seen for too long comes before what there is to see.
            let next = tokio::select! {
                biased;
                _ = looks.tick() => Ok(Next::Look),
                () = sleep_until(ends) => Ok(Next::End),
                _ = stopped.changed() => Ok(Next::End),
                next = next(&mut view, &mut unsent) => next,
                _ = beats.tick() => Ok(Next::Beat),
            };
            match next? {
                Next::End => return,
                Next::Beat => yield Bytes::from_static(event::HEARTBEAT),
                Next::Look => {
                    // In a task of its own: a viewer whose client is slow is not attended to, and would keep others waiting.
                    let again = Arc::clone(&look);
                    let looked = tokio::spawn(async move { again.may_go_on().await });
                    if !matches!(looked.await, Ok(true)) {
                        return;
                    }
                }
                Next::Frames(frames) => {
                    let mut out = Vec::new();
                    unsent = dialect.write_some(&mut at, frames, &mut out);
                    if !out.is_empty() {
                        beats.reset();
                        yield Bytes::from(out);
                    }
                    if dialect.is_over() {
                        return;
                    }
                    if unsent.is_none() && dialect.has_ended() && look.is_at_the_end(at).await {
                        return;
                    }
                }
                Next::Reset(reason, start) => {
                    let mut out = Vec::new();
                    dialect.reset(reason.as_str(), &mut out);
                    dialect.begin_anew(&mut out);
                    yield Bytes::from(out);
                    let Some(start) = start.filter(|_| !dialect.is_over()) else {
                        return;
                    };
                    view = Box::pin(tail.view(start));
                }
            }
        }
    }
}

/// What a stream does next.
enum Next {
    Frames(Frames),
    /// The viewer does not go on where it stood, but from the place, if there is one.
    Reset(ResetReason, Option<Cursor>),
    Look,
    Beat,
    End,
}

/// What comes to the viewer: what did not go into the write before, else what there is to see.
async fn next(
    view: &mut (impl Stream<Item = Result<Viewed, ReadError>> + Unpin),
    unsent: &mut Option<Frames>,
) -> Result<Next, std::io::Error> {
    if let Some(frames) = unsent.take() {
        return Ok(Next::Frames(frames));
    }
    let viewed = view.next().await.transpose();
    Ok(match viewed.map_err(std::io::Error::other)? {
        None => Next::End,
        Some(Viewed::Frames(frames)) => Next::Frames(frames),
        Some(Viewed::Reset { reason, start }) => Next::Reset(reason, start),
    })
}
