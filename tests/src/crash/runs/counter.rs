//! Whom the runs call: takes its time, and writes down who called when, and who went away meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use cinatra_eventstore::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Outcome;

/// A call takes so long, and up to 500 ms more.
const SHORTEST: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Book {
    /// When each key came, in microseconds since 1970.
    pub(super) calls: HashMap<String, Vec<i64>>,
    /// Calls that were answered.
    pub(super) answered: usize,
    /// Calls whose caller was gone before the answer.
    pub(super) interrupted: usize,
}

/// The service, within this process: it outlives every kill.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    peer: String,
    book: Arc<Mutex<Book>>,
    open: watch::Sender<bool>,
}

impl Counter {
    /// Lets calls wait until it is opened.
    pub(super) async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let counter = Self {
            peer: listener.local_addr()?.to_string(),
            book: Arc::default(),
            open: watch::Sender::new(false),
        };
        let router = Router::new()
            .route("/count", post(count))
            .with_state(counter.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(counter)
    }

    /// `host:port`, for the exceptions of the guard.
    pub(super) fn peer(&self) -> &str {
        &self.peer
    }

    /// What the runs call.
    pub(super) fn url(&self) -> String {
        format!("http://{}/count", self.peer)
    }

    /// Answers from now on.
    pub(super) fn open(&self) {
        self.open.send_replace(true);
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way. Whoever goes away drops it.
struct Call<'a> {
    counter: &'a Counter,
    is_answered: bool,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let mut book = self.counter.book();
        if self.is_answered {
            book.answered += 1;
        } else {
            book.interrupted += 1;
        }
    }
}

async fn count(
    State(counter): State<Counter>,
    headers: HeaderMap,
    Json(data): Json<Value>,
) -> Json<Value> {
    let key = headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or("none");
    let length = key.bytes().map(u64::from).sum::<u64>() % 500;
    counter
        .book()
        .calls
        .entry(key.to_owned())
        .or_default()
        .push(SystemClock.now().as_microsecond());
    let mut call = Call {
        counter: &counter,
        is_answered: false,
    };
    let mut open = counter.open.subscribe();
    let _ = open.wait_for(|open| *open).await;
    tokio::time::sleep(SHORTEST + Duration::from_millis(length)).await;
    call.is_answered = true;
    Json(json!({ "answer": data["say"] }))
}
