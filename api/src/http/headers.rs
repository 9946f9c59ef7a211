//! What travels beside input and output in headers: read-your-writes, idempotency, the request's id.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use cinatra_domain::kernel::Class;
use serde_json::json;
use uuid::Uuid;

use crate::primitive::{HEADERS, Place, RawTerms, Terms};
use crate::problem::Problem;

/// Names one request in answers and logs.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that say who calls, whom, and on what terms: of two values one would be believed and the
/// other one not, here or in a proxy.
const ONCE: [HeaderName; 7] = [
    header::HOST,
    header::ORIGIN,
    header::AUTHORIZATION,
    HeaderName::from_static(HEADERS.idempotency_key),
    HeaderName::from_static(HEADERS.min_pos),
    HeaderName::from_static(HEADERS.strict),
    HeaderName::from_static(HEADERS.project),
];

/// Refuses a request that says such a thing twice, even in the same words.
pub(super) fn refuse_repeated(headers: &HeaderMap) -> Result<(), Problem> {
    let is_repeated = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
    let Some(name) = ONCE.into_iter().find(is_repeated) else {
        return Ok(());
    };
    let message = format!("The header {name} may stand in a request once only.");
    let problem = Problem::new(Class::Invalid, "BAD_REQUEST", message);
    Err(problem.with_details(json!({ "header": name.as_str() })))
}

/// The terms of a call.
pub(super) fn terms(headers: &HeaderMap, correlation_id: Option<Uuid>) -> Result<Terms, Problem> {
    let raw = RawTerms {
        idempotency_key: idempotency_key(headers)?,
        min_pos: text(headers, HEADERS.min_pos)?,
        strict: text(headers, HEADERS.strict)?,
        project: project(headers)?,
        correlation_id,
    };
    Terms::parse(raw, &HEADERS)
}

/// The `Idempotency-Key` of a request, whichever surface it is for.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    text(headers, HEADERS.idempotency_key)
}

/// The `Cinatra-Project` of a request, whichever surface it is for.
pub(crate) fn project(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    text(headers, HEADERS.project)
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Problem> {
    headers
        .get(name)
        .map(|value| std::str::from_utf8(value.as_bytes()))
        .transpose()
        .map_err(|_| Problem::invalid_input(name, "not UTF-8"))
}

/// The caller's own request id, when it is a UUID.
pub(super) fn request_id(headers: &HeaderMap) -> Option<Uuid> {
    let value = headers.get(&REQUEST_ID)?.to_str().ok()?;
    Uuid::try_parse(value).ok()
}

/// Marks an answer with its place in the ledger.
pub fn put_place(headers: &mut HeaderMap, at: Place) {
    if let Ok(value) = HeaderValue::try_from(at.to_string()) {
        headers.insert(HEADERS.at, value);
    }
}

/// Marks an answer that shows less than was asked for, or not.
pub(super) fn put_stale(headers: &mut HeaderMap, stale: bool) {
    let value = HeaderValue::from_static(if stale { "true" } else { "false" });
    headers.insert(HEADERS.stale, value);
}

#[cfg(test)]
mod tests {
    use cinatra_domain::kernel::{Position, TenantId};

    use super::*;

    #[test]
    fn terms_come_from_headers() {
        let place = Place {
            ledger: TenantId::SYSTEM,
            position: Position(9),
        };
        let mut headers = HeaderMap::new();
        put_place(&mut headers, place);
        let at = headers[HEADERS.at].clone();
        headers.insert(HEADERS.min_pos, at);
        headers.insert(HEADERS.strict, HeaderValue::from_static("true"));
        headers.insert(HEADERS.idempotency_key, HeaderValue::from_static("k-1"));
        let room = "0190f5a0-0000-7000-8000-000000000000";
        headers.insert(HEADERS.project, HeaderValue::from_static(room));
        let terms = terms(&headers, None).unwrap();
        assert_eq!(terms.min_pos, Some(place));
        assert!(terms.strict);
        assert_eq!(terms.idempotency_key.as_deref(), Some("k-1"));
        assert_eq!(terms.project, room.parse().ok());
    }

    #[test]
    fn a_header_that_is_no_text_is_refused() {
        let mut headers = HeaderMap::new();
        let bytes = HeaderValue::from_bytes(&[0xff]).unwrap();
        headers.insert(HEADERS.idempotency_key, bytes);
        assert!(terms(&headers, None).is_err());
    }

    #[test]
    fn what_decides_about_a_request_is_said_once() {
        for name in ONCE {
            let mut headers = HeaderMap::new();
            headers.append(&name, HeaderValue::from_static("a"));
            assert!(refuse_repeated(&headers).is_ok(), "{name}");
            headers.append(&name, HeaderValue::from_static("a"));
            let refused = refuse_repeated(&headers).unwrap_err().envelope();
            assert_eq!(refused["error"]["code"], "BAD_REQUEST");
            assert_eq!(refused["error"]["details"]["header"], name.as_str());
        }
    }

    #[test]
    fn only_a_uuid_is_taken_over_as_request_id() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static("x\" or 1=1"));
        assert_eq!(request_id(&headers), None);
        let id = "0190f5a0-0000-7000-8000-000000000000";
        headers.insert(REQUEST_ID, HeaderValue::from_static(id));
        assert_eq!(
            request_id(&headers).map(|id| id.to_string()),
            Some(id.into())
        );
    }
}
