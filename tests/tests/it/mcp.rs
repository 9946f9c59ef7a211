//! The MCP endpoint beside the catalogue: keys, and what is no message.

use std::time::Duration;

use cinatra_tests::people::sign_in;
use cinatra_tests::served::Served;
use cinatra_tests::{Client, Flow, Package, Reply};
use serde_json::{Value, json};

use crate::extension::{done, package};
use crate::run::{AGENT, asker, serving};

const NAME: &str = "@acme/hello-skill";
const REVISION: &str = "2026-07-28";

/// Posts a body as an MCP client of the stateless revision does.
async fn post(client: &Client, body: String, headers: &[(&str, &str)]) -> Reply {
    post_at(client, "/api/mcp", body, headers).await
}

async fn post_at(client: &Client, path: &str, body: String, headers: &[(&str, &str)]) -> Reply {
    let mut request = client
        .bare(reqwest::Method::POST, path)
        .bearer_auth(client.token())
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-protocol-version", REVISION);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Reply::read(request.body(body).send().await.unwrap())
        .await
        .unwrap()
}

fn message(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// What is listed at an address.
async fn listed(client: &Client, path: &str) -> Value {
    let body = message("tools/list", json!({})).to_string();
    let reply = post_at(client, path, body, &[("mcp-method", "tools/list")]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn names(listed: &Value) -> Vec<&str> {
    let tools = listed["result"]["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

/// Calls a tool, with a key in `_meta` and one in the header.
async fn tool(
    client: &Client,
    name: &str,
    input: &Value,
    meta: Option<&str>,
    header: Option<&str>,
) -> Value {
    let meta = meta.map(|key| ("cinatra.ai/idempotencyKey", key));
    let header = header.map(|key| ("idempotency-key", key));
    tool_on_terms(client, name, input, meta.as_slice(), header.as_slice()).await
}

/// Calls a tool, with terms in `_meta` and in headers.
pub(crate) async fn tool_on_terms(
    client: &Client,
    name: &str,
    input: &Value,
    meta: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Value {
    let mut request = message("tools/call", json!({ "name": name, "arguments": input }));
    for (term, value) in meta {
        request["params"]["_meta"][*term] = json!(value);
    }
    let mut all = vec![("mcp-method", "tools/call"), ("mcp-name", name)];
    all.extend(headers);
    let reply = post(client, request.to_string(), &all).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["result"].clone()
}

#[tokio::test]
async fn a_key_in_the_header_makes_a_call_repeatable_and_two_keys_are_refused() {
    let packed = Package::skill(NAME, "1.0.0").pack().unwrap();
    let served = Served::with(&[packed]).await.unwrap();
    let client = served.client().unwrap();
    let (install, input) = ("extensions_install", package(NAME, "1.0.0"));
    let place = |result: &Value| result["_meta"]["cinatra.ai/at"].clone();

    let first = tool(&client, install, &input, None, Some("k")).await;
    assert_eq!(first["isError"], false, "{first}");
    let again = tool(&client, install, &input, None, Some("k")).await;
    assert_eq!(place(&again), place(&first), "the first result");
    let same = tool(&client, install, &input, Some("k"), Some("k")).await;
    assert_eq!(place(&same), place(&first));
    let refused = tool(&client, install, &input, Some("k"), Some("other")).await;
    assert_eq!(refused["isError"], true, "{refused}");
    let error = &refused["structuredContent"]["error"];
    assert_eq!(error["code"], "INVALID_INPUT");
    assert_eq!(error["details"]["field"], "cinatra.ai/idempotencyKey");
}

#[tokio::test]
async fn what_is_no_message_is_answered_as_json_rpc_says() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    let unparsed: [&str; 4] = ["", "{", "not json", "{\"jsonrpc\":\"2.0\""];
    let invalid = [
        ("[]", Value::Null),
        ("7", Value::Null),
        (
            r#"{"jsonrpc":"1.0","id":3,"method":"tools/list"}"#,
            json!(3),
        ),
        (r#"{"jsonrpc":"2.0","id":"a"}"#, json!("a")),
    ];
    let cases = unparsed
        .map(|body| (body, -32_700, Value::Null))
        .into_iter()
        .chain(invalid.map(|(body, id)| (body, -32_600, id)));
    for (body, code, id) in cases {
        let reply = post(&client, body.to_owned(), &[]).await;
        assert_eq!(reply.status, 400, "{body}: {}", reply.body);
        assert_eq!(reply.body["jsonrpc"], "2.0", "{body}: {}", reply.body);
        assert_eq!(reply.body["error"]["code"], code, "{body}");
        assert_eq!(reply.body["id"], id, "{body}");
    }
}

#[tokio::test]
async fn a_message_that_asks_for_the_impossible_is_never_called_another_media_type() {
    let served = Served::with(&[]).await.unwrap();
    let client = served.client().unwrap();
    for (method, params) in [
        ("tools/call", json!({ "name": 5 })),
        ("tools/call", json!({})),
        ("tools/list", json!({ "cursor": 5 })),
        ("no/such/method", json!({})),
        ("initialize", json!({})),
    ] {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let reply = post(&client, body.to_string(), &[("mcp-method", method)]).await;
        assert_ne!(reply.status, 415, "{method}: {}", reply.body);
        assert!(reply.body["error"].is_object(), "{method}: {}", reply.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_a_tool_that_comes_to_its_outputs_or_to_a_run_that_waits() {
    let echo = Flow::of("echo", &["word"])
        .answers("word", "start", "word")
        .agent("@acme/echo-agent", "1.0.0")
        .unwrap();
    let (_served, ada) = serving(&[], &[asker(), echo]).await;
    let client = &ada.client;
    let mut core = listed(client, "/api/mcp?profile=core").await;
    // What is listed may be a moment old.
    for _ in 0..500 {
        if names(&core).contains(&"acme_echo-agent") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        core = listed(client, "/api/mcp?profile=core").await;
    }
    let core = names(&core);
    assert!(
        core.contains(&"acme_asker-agent") && core.contains(&"acme_echo-agent"),
        "{core:?}"
    );
    assert!(
        core.contains(&"agent_run") && !core.contains(&"secrets_set"),
        "{core:?}"
    );
    let admin = listed(client, "/api/mcp?profile=admin").await;
    assert!(names(&admin).contains(&"secrets_set") && !names(&admin).contains(&"agent_run"));
    assert!(!names(&listed(client, "/api/mcp").await).contains(&"acme_echo-agent"));
    assert!(listed(client, "/api/mcp?profile=any").await["error"].is_object());

    let waits = tool(
        client,
        "acme_asker-agent",
        &json!({ "guest": "Bob" }),
        Some("k"),
        None,
    )
    .await;
    assert_eq!(waits["isError"], false, "{waits}");
    let told = &waits["structuredContent"];
    assert_eq!(told["status"], "pending_approval");
    let again = tool(
        client,
        "acme_asker-agent",
        &json!({ "guest": "Bob" }),
        Some("k"),
        None,
    )
    .await;
    assert_eq!(again["structuredContent"], *told, "the same run");
    let run = json!({ "runId": told["runId"] });
    assert_eq!(
        done(client, "agent_run_get", &run).await["packageName"],
        AGENT
    );

    let over = tool(
        client,
        "acme_echo-agent",
        &json!({ "word": "so" }),
        None,
        None,
    )
    .await;
    assert_eq!(over["structuredContent"], json!({ "word": "so" }), "{over}");
    let asked = tool(client, "acme_echo-agent", &json!({}), None, None).await;
    assert_eq!(
        asked["structuredContent"]["status"], "pending_approval",
        "{asked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_shown_or_runs_the_agents_of_another_organization() {
    let (served, ada) = serving(&[], &[asker()]).await;
    // The same person, who administers the instance, where nothing is installed.
    let mut eve = sign_in(&served.url(), &ada.email).await.unwrap();
    eve.found("elsewhere").await.unwrap();
    let shown = listed(&eve.client, "/api/mcp?profile=core").await;
    assert!(!names(&shown).contains(&"acme_asker-agent"));
    let call = message(
        "tools/call",
        json!({ "name": "acme_asker-agent", "arguments": {} }),
    );
    let headers = [
        ("mcp-method", "tools/call"),
        ("mcp-name", "acme_asker-agent"),
    ];
    let refused = post(&eve.client, call.to_string(), &headers).await;
    assert_eq!(
        refused.body["error"]["message"], "Unknown tool",
        "{}",
        refused.body
    );
    let runs = done(&ada.client, "agent_run_list", &json!({})).await;
    assert_eq!(runs["items"], json!([]));
}
