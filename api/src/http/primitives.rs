//! The catalogue over REST.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cinatra_commands::session::Origin;
use serde_json::{Map, Value, json};

use super::guard::RequestId;
use super::headers;
use crate::primitive::{Primitive, Reply, SessionCookie};
use crate::problem::Problem;
use crate::security::{Cookies, Principal};
use crate::server::App;

/// `GET /api/primitives`.
pub(super) async fn list(State(app): State<Arc<App>>) -> Response {
    let items: Vec<Value> = app.catalogue().iter().map(Primitive::describe).collect();
    axum::Json(json!({ "primitives": items })).into_response()
}

/// `POST /api/primitives/{name}`: the body is the input, the answer's body the output.
pub(super) async fn call(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    app.catalogue().require_for(&principal, &name)?;
    let mut terms = headers::terms(&headers, Some(id))?;
    terms.origin = origin;
    let input = parse(&body)?;
    let reply = app.call(&name, principal, terms, input).await?;
    Ok(present(app.cookies(), reply))
}

/// An absent body means no fields.
pub(super) fn parse(body: &[u8]) -> Result<Value, Problem> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Problem::invalid_input("input", &format!("malformed JSON at {place}"))
    })
}

pub(super) fn present(cookies: Cookies, reply: Reply<Bytes>) -> Response {
    let kind = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, kind)], reply.output).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(at) = reply.at {
        headers::put_place(headers, at);
    }
    if let Some(stale) = reply.stale {
        headers::put_stale(headers, stale);
    }
    let cookie = reply.session.and_then(|session| match session {
        SessionCookie::Opened(token) => cookies.write(Some(&token)),
        SessionCookie::Kept => None,
        SessionCookie::Closed => cookies.write(None),
    });
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_json_is_invalid_input_and_says_where() {
        assert_eq!(parse(b"").unwrap(), json!({}));
        assert_eq!(parse(b"{\"a\":1}").unwrap(), json!({ "a": 1 }));
        for body in [&b"{"[..], b"{\"a\":}", b"\xff\xfe", b"{} {}"] {
            let envelope = parse(body).unwrap_err().envelope();
            assert_eq!(envelope["error"]["code"], "INVALID_INPUT");
            let reason = envelope["error"]["details"]["reason"].as_str().unwrap();
            assert!(reason.starts_with("malformed JSON at line"), "{reason}");
        }
    }
}
