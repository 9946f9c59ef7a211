//! What is no JSON-RPC message is answered as JSON-RPC says, before the transport sees it: the transport
//! would call broken JSON an unsupported media type.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::http::BODY_BYTES_MAX;
use crate::problem;

/// Why a body is no message: JSON-RPC 2.0, section 5.1.
#[derive(Clone, Debug, PartialEq)]
enum Fault {
    /// Not JSON.
    Parse(String),
    /// JSON, but no message; the id where one can be made out.
    Invalid { id: Value, reason: &'static str },
}

/// Lets messages pass, and refuses what is none.
pub(crate) async fn require(request: Request, next: Next) -> Response {
    let is_message = *request.method() == Method::POST && claims_json(request.headers());
    if !is_message {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    // The guard has read it already, and bounded it.
    let Ok(bytes) = to_bytes(body, BODY_BYTES_MAX).await else {
        return problem::too_large().into_response();
    };
    match check(&bytes) {
        Ok(()) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(fault) => fault.answer(),
    }
}

/// Any other media type is the transport's to refuse.
fn claims_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// A request, a notification or a response.
fn check(body: &[u8]) -> Result<(), Fault> {
    let message: Value = serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Fault::Parse(format!("malformed JSON at line {line} column {column}"))
    })?;
    let Value::Object(message) = message else {
        let (id, reason) = (Value::Null, "a message is one JSON object");
        return Err(Fault::Invalid { id, reason });
    };
    if let Some(reason) = flaw(&message) {
        let id = message.get("id").filter(|id| is_id(id));
        let id = id.cloned().unwrap_or(Value::Null);
        return Err(Fault::Invalid { id, reason });
    }
    Ok(())
}

fn flaw(message: &Map<String, Value>) -> Option<&'static str> {
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Some("jsonrpc is not \"2.0\"");
    }
    if message.get("id").is_some_and(|id| !is_id(id)) {
        return Some("id is neither a string nor an integer");
    }
    match (message.get("method"), message.get("params")) {
        (Some(Value::String(_)), None | Some(Value::Object(_))) => None,
        (Some(Value::String(_)), Some(_)) => Some("params is not an object"),
        (Some(_), _) => Some("method is not a string"),
        (None, _) if message.contains_key("result") || message.contains_key("error") => None,
        (None, _) => Some("there is no method"),
    }
}

fn is_id(id: &Value) -> bool {
    id.is_string() || id.is_i64() || id.is_u64()
}

impl Fault {
    fn answer(self) -> Response {
        let (id, code, message) = match self {
            Self::Parse(place) => (Value::Null, -32_700, format!("Parse error: {place}")),
            Self::Invalid { id, reason } => (id, -32_600, format!("Invalid request: {reason}")),
        };
        let error = json!({ "code": code, "message": message });
        let body = json!({ "jsonrpc": "2.0", "id": id, "error": error });
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_pass() {
        for message in [
            json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }),
            json!({ "jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {} }),
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
            json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
        ] {
            assert_eq!(check(message.to_string().as_bytes()), Ok(()), "{message}");
        }
    }

    #[test]
    fn what_is_no_json_cannot_be_parsed() {
        for body in [&b""[..], b"{", b"\xff", b"{} {}"] {
            let fault = check(body).unwrap_err();
            assert!(matches!(fault, Fault::Parse(_)), "{fault:?}");
        }
    }

    #[test]
    fn json_that_is_no_message_is_refused_under_its_id() {
        for (message, id) in [
            (json!([]), Value::Null),
            (json!(null), Value::Null),
            (json!({}), Value::Null),
            (
                json!({ "jsonrpc": "1.0", "id": 7, "method": "x" }),
                json!(7),
            ),
            (json!({ "jsonrpc": "2.0", "id": "a" }), json!("a")),
            (json!({ "jsonrpc": "2.0", "id": 1, "method": 2 }), json!(1)),
            (
                json!({ "jsonrpc": "2.0", "id": {}, "method": "x" }),
                Value::Null,
            ),
            (
                json!({ "jsonrpc": "2.0", "id": 1, "method": "x", "params": 3 }),
                json!(1),
            ),
        ] {
            match check(message.to_string().as_bytes()) {
                Err(Fault::Invalid { id: named, .. }) => assert_eq!(named, id, "{message}"),
                other => panic!("{message}: {other:?}"),
            }
        }
    }
}
