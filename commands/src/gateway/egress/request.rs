//! What is to be sent, and what of it is refused before anybody is asked.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::error::EgressError;
use super::form;

/// A call to somebody outside. The whole of it comes from an agent and is not trusted.
#[derive(Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Whom: `http://…` or `https://…`.
    pub url: String,
    /// Put behind what the address has already.
    pub query: Vec<(String, String)>,
    /// Besides those that the client sets.
    pub headers: Vec<(String, String)>,
    /// What is sent along.
    pub body: Body,
    /// The same at each try, for the other side to do the thing once. A header of that name that the
    /// agent sets goes before it.
    pub idempotency_key: Option<String>,
    /// For each try; otherwise [`EgressOptions::timeout`](super::EgressOptions::timeout).
    pub timeout: Option<Duration>,
}

/// What is sent along.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    None,
    /// As JSON, or as a form if the content type says so.
    Json(Value),
    /// As it is.
    Text(String),
}

/// Shows neither the address, which may carry a credential, nor values.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Shows what kind it is only.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Json(_) => "Json",
            Self::Text(_) => "Text",
        })
    }
}

/// A request that can be sent, any number of times.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) timeout: Option<Duration>,
    /// Scheme, host and port, for errors.
    pub(super) origin: String,
}

impl Call {
    pub(super) fn prepare(request: Request) -> Result<Self, EgressError> {
        if matches!(request.method, Method::CONNECT | Method::TRACE) {
            let reason = "not with this method";
            return Err(EgressError::UrlNotAllowed { reason });
        }
        let mut url = address(&request.url)?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut headers = headers(&request.headers)?;
        if let Some(key) = request.idempotency_key
            && !headers.contains_key(IDEMPOTENCY_KEY)
        {
            headers.insert(IDEMPOTENCY_KEY, value(&IDEMPOTENCY_KEY, &key)?);
        }
        let body = body(request.body, &mut headers)?;
        Ok(Self {
            method: request.method,
            origin: url.origin().ascii_serialization(),
            url,
            headers,
            body,
            timeout: request.timeout,
        })
    }
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What frames a message, routes it, or speaks for a person's browser is not an agent's to set.
const CLOSED: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

const CLOSED_PREFIXES: [&str; 2] = ["proxy-", "sec-"];

fn address(text: &str) -> Result<Url, EgressError> {
    let refused = |reason| EgressError::UrlNotAllowed { reason };
    let mut url = Url::parse(text).map_err(|_| refused("not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it has a user or a password in it"));
    }
    url.set_fragment(None);
    Ok(url)
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, EgressError> {
    let mut headers = HeaderMap::new();
    for (name, text) in pairs {
        let name = HeaderName::try_from(name.as_str())
            .map_err(|_| refused(String::new(), "it has a name that no header can have"))?;
        let closed = CLOSED.contains(&name.as_str());
        if closed || CLOSED_PREFIXES.iter().any(|p| name.as_str().starts_with(p)) {
            return Err(refused(
                name.to_string(),
                "the client sets it itself, or never",
            ));
        }
        let value = value(&name, text)?;
        if headers.insert(&name, value).is_some() {
            return Err(refused(name.to_string(), "it is set twice"));
        }
    }
    Ok(headers)
}

fn value(name: &HeaderName, text: &str) -> Result<HeaderValue, EgressError> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| refused(name.to_string(), "no header can carry its value"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn refused(name: String, reason: &'static str) -> EgressError {
    EgressError::HeaderNotAllowed { name, reason }
}

/// The bytes of a body, and its content type unless the agent set one.
fn body(body: Body, headers: &mut HeaderMap) -> Result<Bytes, EgressError> {
    let (bytes, kind) = match body {
        Body::None => return Ok(Bytes::new()),
        Body::Text(text) => (text.into(), "text/plain; charset=utf-8"),
        Body::Json(value) if is_form(headers) => (form::encode(&value)?.into(), ""),
        Body::Json(value) => (value.to_string().into(), "application/json"),
    };
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    Ok(bytes)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next());
    essence.is_some_and(|e| {
        e.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}
