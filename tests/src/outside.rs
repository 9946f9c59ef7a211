//! Somebody outside whom agents call: answers, counts, and can be made to wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::{Outcome, fault};

#[derive(Debug, Default)]
struct Book {
    /// How often each key came.
    calls: HashMap<String, u32>,
    /// The status that is answered; 200 when none is said.
    status: Option<u16>,
}

/// A service on this machine. It answers `{"answer": <data.say>}` once it is open.
#[derive(Clone, Debug)]
pub struct Service {
    peer: String,
    book: Arc<Mutex<Book>>,
    open: watch::Sender<bool>,
}

impl Service {
    /// Open from the start.
    pub async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let service = Self {
            peer: listener.local_addr()?.to_string(),
            book: Arc::default(),
            open: watch::Sender::new(true),
        };
        let router = Router::new()
            .route("/answer", post(answer))
            .with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(service)
    }

    /// `host:port`, for the exceptions of the guard.
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// What an agent calls.
    pub fn url(&self) -> String {
        format!("http://{}/answer", self.peer)
    }

    /// Lets calls wait, or lets all of them through.
    pub fn open(&self, is_open: bool) {
        self.open.send_replace(is_open);
    }

    /// Answers with this status from now on.
    pub fn status(&self, status: u16) {
        self.book().status = Some(status);
    }

    /// How often each key came.
    pub fn calls(&self) -> HashMap<String, u32> {
        self.book().calls.clone()
    }

    /// Waits until so many calls have come.
    pub async fn called(&self, count: u32) -> Outcome<()> {
        for _ in 0..3_000 {
            if self.book().calls.values().sum::<u32>() >= count {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(fault(format!(
            "not called {count} times: {:?}",
            self.calls()
        )))
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(service): State<Service>,
    headers: HeaderMap,
    Json(data): Json<Value>,
) -> Response {
    let key = headers.get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).unwrap_or("none");
    let status = {
        let mut book = service.book();
        *book.calls.entry(key.to_owned()).or_default() += 1;
        book.status
    };
    let mut open = service.open.subscribe();
    let _ = open.wait_for(|open| *open).await;
    let body = Json(json!({ "answer": data["say"] }));
    match status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) => (status, body).into_response(),
        None => body.into_response(),
    }
}
