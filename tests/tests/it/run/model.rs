//! A run asks a model, which is heard while it speaks.

use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::post;
use cinatra_tests::{Flow, Viewer};
use serde_json::json;
use tokio::net::TcpListener;

use super::{reaches, serving, start};

/// What the model says, torn where nobody would tear it.
const PIECES: [&str; 4] = ["{\"ans", "wer\": \"vi", "erzig 🎬\\n", "zwei\"}"];

/// Speaks as the endpoints do that agents of the catalogue are written for.
async fn model() -> String {
    let speak = async || {
        let chunk = |delta: serde_json::Value, finish: serde_json::Value| {
            let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
            format!("data: {}\n\n", json!({ "choices": [choice] }))
        };
        let mut body = String::new();
        for piece in PIECES {
            body.push_str(&chunk(json!({ "content": piece }), json!(null)));
        }
        body.push_str(&chunk(json!({}), json!("stop")));
        body.push_str("data: [DONE]\n\n");
        ([("content-type", "text/event-stream")], body).into_response()
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/chat/completions", post(speak));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn thinker() -> cinatra_tests::Packed {
    let data = json!({ "user": "What is {{ word }}?", "agent_id": "@acme/thinker-agent" });
    Flow::of("thinker", &["word"])
        .calls("think", "{{CINATRA_BASE_URL}}/api/llm-bridge", &data)
        .feeds("start", "word", "think", "word")
        .answers("thought", "think", "answer")
        .agent("@acme/thinker-agent", "1.0.0")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_says_is_seen_and_becomes_the_answer() {
    let url = model().await;
    let (_served, ada) = serving(&[("CINATRA_MODEL_URL", &url)], &[thinker()]).await;
    let run = start(
        &ada.client,
        "@acme/thinker-agent",
        &json!({ "word": "6 * 7" }),
    )
    .await;
    let over = reaches(&ada.client, &run, "completed").await;
    assert_eq!(over["outputs"], json!({ "thought": "vierzig 🎬\nzwei" }));
    let mut viewer = Viewer::open(&ada.client, &run, "", None).await.unwrap();
    let seen = viewer.take(usize::MAX).await.unwrap();
    let kinds: Vec<String> = seen.iter().map(cinatra_tests::Seen::kind).collect();
    let at = |kind: &str| kinds.iter().position(|known| known == kind).unwrap();
    assert!(
        at("TOOL_CALL_START") < at("TEXT_MESSAGE_START"),
        "{kinds:?}"
    );
    assert!(at("TEXT_MESSAGE_END") < at("TOOL_CALL_END"), "{kinds:?}");
    let deltas = seen.iter().map(cinatra_tests::Seen::value);
    let deltas = deltas.filter(|value| value["type"] == "TEXT_MESSAGE_CONTENT");
    let said: String = deltas
        .map(|value| value["delta"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(said, PIECES.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_the_run_says_so() {
    let (_served, ada) = serving(&[], &[thinker()]).await;
    let run = start(
        &ada.client,
        "@acme/thinker-agent",
        &json!({ "word": "6 * 7" }),
    )
    .await;
    let failed = reaches(&ada.client, &run, "failed").await;
    assert_eq!(failed["errorCode"], "no_llm_provider");
    assert_eq!(failed["failedNode"], "think");
}
