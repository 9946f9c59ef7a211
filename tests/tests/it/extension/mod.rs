//! The extension noun over the public interface: its life, its closure, its refusals.

mod bad_input;
mod builtin;
mod closure;
mod idempotency;
mod life;
mod object_types;
mod race;
mod registry;

use cinatra_tests::{Call, Client, Reply};
use serde_json::{Value, json};

/// Input of most primitives.
pub(crate) fn package(name: &str, version: &str) -> Value {
    json!({ "packageName": name, "packageVersion": version })
}

/// Calls without further terms.
pub(crate) async fn call(client: &Client, primitive: &str, input: &Value) -> Reply {
    client
        .call(primitive, input, Call::default())
        .await
        .unwrap()
}

/// Calls and expects success.
pub(crate) async fn done(client: &Client, primitive: &str, input: &Value) -> Value {
    let reply = call(client, primitive, input).await;
    assert_eq!(reply.status, 200, "{primitive} {input}: {}", reply.body);
    reply.body
}

/// Reads what a read model shows sooner or later.
pub(crate) async fn read(client: &Client, primitive: &str, input: &Value) -> Value {
    for _ in 0..1_000 {
        if call(client, primitive, input).await.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    done(client, primitive, input).await
}

/// Calls and expects a refusal: its status and code.
pub(crate) async fn refused(client: &Client, primitive: &str, input: &Value) -> (u16, String) {
    let reply = call(client, primitive, input).await;
    let code = reply.code().unwrap_or_else(|| {
        panic!(
            "{primitive} {input}: no envelope: {} {}",
            reply.status, reply.body
        )
    });
    (reply.status, code.to_owned())
}

/// What the catalogue shows no earlier than at `at`.
pub(crate) async fn shown(client: &Client, name: &str, at: &str) -> Option<Value> {
    let terms = Call {
        min_pos: Some(at),
        strict: true,
        ..Call::default()
    };
    let reply = client
        .call("extensions_get", &json!({ "packageName": name }), terms)
        .await
        .unwrap();
    match reply.status {
        200 => Some(reply.body),
        404 => None,
        other => panic!("extensions_get answered {other}: {}", reply.body),
    }
}

/// The one ledger's place, as the answer of a command tells it.
pub(crate) fn at(reply: &Reply) -> &str {
    reply
        .at
        .as_deref()
        .expect("the answer says where it stands")
}
