//! What travels beside input and output in headers: read-your-writes, idempotency, the request's id.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::primitive::{HEADERS, Place, RawTerms, Terms};
use crate::problem::Problem;

/// Names one request in answers and logs.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The terms of a call.
pub(super) fn terms(headers: &HeaderMap, correlation_id: Option<Uuid>) -> Result<Terms, Problem> {
    let raw = RawTerms {
        idempotency_key: idempotency_key(headers)?,
        min_pos: text(headers, HEADERS.min_pos)?,
        strict: text(headers, HEADERS.strict)?,
        correlation_id,
    };
    Terms::parse(raw, &HEADERS)
}

/// The `Idempotency-Key` of a request, whichever surface it is for.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    text(headers, HEADERS.idempotency_key)
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
        let terms = terms(&headers, None).unwrap();
        assert_eq!(terms.min_pos, Some(place));
        assert!(terms.strict);
        assert_eq!(terms.idempotency_key.as_deref(), Some("k-1"));
    }

    #[test]
    fn a_header_that_is_no_text_is_refused() {
        let mut headers = HeaderMap::new();
        let bytes = HeaderValue::from_bytes(&[0xff]).unwrap();
        headers.insert(HEADERS.idempotency_key, bytes);
        assert!(terms(&headers, None).is_err());
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
