//! The MCP endpoint beside the catalogue: keys, and what is no message.

use cinatra_tests::served::Served;
use cinatra_tests::{Client, Package, Reply};
use serde_json::{Value, json};

use crate::extension::package;

const NAME: &str = "@acme/hello-skill";
const REVISION: &str = "2026-07-28";

/// Posts a body as an MCP client of the stateless revision does.
async fn post(client: &Client, body: String, headers: &[(&str, &str)]) -> Reply {
    let mut request = client
        .bare(reqwest::Method::POST, "/api/mcp")
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

/// Calls a tool, with a key in `_meta` and one in the header.
async fn tool(
    client: &Client,
    name: &str,
    input: &Value,
    meta: Option<&str>,
    header: Option<&str>,
) -> Value {
    let mut request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": name,
        "arguments": input,
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    } });
    if let Some(key) = meta {
        request["params"]["_meta"]["cinatra.ai/idempotencyKey"] = json!(key);
    }
    let mut headers = vec![("mcp-method", "tools/call"), ("mcp-name", name)];
    headers.extend(header.map(|key| ("idempotency-key", key)));
    let reply = post(client, request.to_string(), &headers).await;
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
