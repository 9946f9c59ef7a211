//! A model that says what a script lets it say, as endpoints do that speak `OpenAI`'s language.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Outcome;

/// Characters that are said at once.
const PIECE: usize = 40;

/// A model on this machine.
#[derive(Clone, Debug)]
pub(super) struct Model {
    url: String,
    answer: Arc<Mutex<Value>>,
    asked: Arc<AtomicUsize>,
}

impl Model {
    pub(super) async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let model = Self {
            url: format!("http://{}/v1", listener.local_addr()?),
            answer: Arc::default(),
            asked: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(model.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(model)
    }

    /// For `CINATRA_MODEL_URL`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Says this from now on.
    pub(super) fn says(&self, answer: Value) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// How often it was asked so far.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn complete(State(model): State<Model>, Json(asked): Json<Value>) -> Response {
    let is_asked = asked["messages"]
        .as_array()
        .is_some_and(|it| !it.is_empty());
    if !is_asked || asked["stream"] != true {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    model.asked.fetch_add(1, Ordering::Relaxed);
    let answer = model.answer.lock().unwrap_or_else(PoisonError::into_inner);
    let answer: Vec<char> = answer.to_string().chars().collect();
    let mut body = String::new();
    for piece in answer.chunks(PIECE) {
        body.push_str(&chunk(
            &json!({ "content": String::from_iter(piece) }),
            None,
        ));
    }
    body.push_str(&chunk(&json!({}), Some("stop")));
    body.push_str("data: [DONE]\n\n");
    ([("content-type", "text/event-stream")], body).into_response()
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}
