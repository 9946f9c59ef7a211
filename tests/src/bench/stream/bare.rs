//! The bare server: frames in memory, written as events when they come in, and put together into writes of 32 kB.
//!
//! Nobody is asked who they are, nothing is kept, no viewer is looked at again: what nobody can leave out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Outcome;
use crate::console::say;

/// After so many bytes a write is sent.
pub(super) const WRITE: usize = 32 * 1024;

#[derive(Debug)]
struct Log {
    events: RwLock<Vec<Arc<[u8]>>>,
    length: watch::Sender<usize>,
}

type Logs = Arc<Mutex<HashMap<String, Arc<Log>>>>;

/// What the bare server does: prints its port, twice as ours prints two, and serves until killed.
pub async fn serve() -> Outcome<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    say(format!("{port} {port}"));
    let router = Router::new()
        .route("/frames/{run}", post(append))
        .route("/api/agents/runs/{run}/stream", get(show))
        .with_state(Logs::default());
    Ok(axum::serve(listener, router).await?)
}

fn held(logs: &Logs) -> MutexGuard<'_, HashMap<String, Arc<Log>>> {
    logs.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn append(State(logs): State<Logs>, Path(run): Path<String>, body: String) -> String {
    let log = Arc::clone(held(&logs).entry(run).or_insert_with(|| {
        Arc::new(Log {
            events: RwLock::default(),
            length: watch::Sender::new(0),
        })
    }));
    let mut events = log.events.write().unwrap_or_else(PoisonError::into_inner);
    for line in body.lines() {
        let place = events.len() + 1;
        let event = format!("id: 1-{place}\ndata: {line}\n\n");
        events.push(event.into_bytes().into());
    }
    let length = events.len();
    drop(events);
    log.length.send_replace(length);
    length.to_string()
}

async fn show(State(logs): State<Logs>, Path(run): Path<String>, headers: HeaderMap) -> Response {
    let log = held(&logs).get(&run).cloned();
    let after = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.strip_prefix("1-")?.parse().ok());
    let (Some(log), Some(after)) = (log, after) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    (kind, Body::from_stream(events(log, after))).into_response()
}

fn events(log: Arc<Log>, after: usize) -> impl Stream<Item = Result<Vec<u8>, std::io::Error>> {
    let length = log.length.subscribe();
    let begun = stream::once(async { Ok(b": keepalive\n\n".to_vec()) });
    let follow = |(log, mut length, at): (Arc<Log>, watch::Receiver<usize>, usize)| async move {
        length.wait_for(|length| *length > at).await.ok()?;
        let (out, at) = log.after(at);
        Some((Ok(out), (log, length, at)))
    };
    begun.chain(stream::unfold((log, length, after), follow))
}

impl Log {
    /// What comes after a place, up to a write's worth, and where that ends.
    fn after(&self, mut at: usize) -> (Vec<u8>, usize) {
        let mut out = Vec::with_capacity(WRITE);
        let events = self.events.read().unwrap_or_else(PoisonError::into_inner);
        for event in events.iter().skip(at) {
            if !out.is_empty() && out.len() + event.len() > WRITE {
                break;
            }
            out.extend_from_slice(event);
            at += 1;
        }
        (out, at)
    }
}
