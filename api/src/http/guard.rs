//! What every request passes: host, origin, credential, size; and what every answer leaves with.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use cinatra_commands::session::Origin;
use cinatra_domain::kernel::Class;
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::{body, headers};
use crate::mint;
use crate::problem::{Problem, ProblemCode};
use crate::security::{InvalidToken, Principal, Token};
use crate::server::App;

/// The request's id, for handlers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// Reachable without a credential, and by whatever name a prober uses.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// Where somebody without a credential may come to a primitive that is for everybody; the catalogue knows which.
const PUBLIC: [&str; 2] = ["/api/primitives/", "/api/auth/"];

/// The one middleware: small checks, then the route, then the log line.
pub(super) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = headers::request_id(request.headers()).unwrap_or_else(mint::id);
    let line = Line::of(&request, id);
    let mut response = match check(&app, request, id).await {
        Ok(request) => match AssertUnwindSafe(next.run(request)).catch_unwind().await {
            Ok(response) => one_envelope(response),
            Err(_) => panicked().into_response(),
        },
        Err(problem) => problem.into_response(),
    };
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(headers::REQUEST_ID, value);
    }
    line.finish(&response, started);
    response
}

/// The panic itself is on standard error already; the caller gets an answer all the same.
fn panicked() -> Problem {
    Problem::new(
        Class::Corrupt,
        "INTERNAL_ERROR",
        "The server failed on this request; its log says more.",
    )
}

async fn check(app: &App, request: Request, id: Uuid) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(RequestId(id));
    headers::refuse_repeated(&parts.headers)?;
    if !OPEN.contains(&parts.uri.path()) {
        app.hosts().check(&parts.uri, &parts.headers)?;
        let principal = authenticate(app, &parts).await?;
        if principal.is_anonymous() && !is_public(&parts) {
            return Err(unauthenticated());
        }
        parts.extensions.insert(principal);
        let origin = origin(&parts);
        parts.extensions.insert(origin);
    }
    let body = if parts.method == Method::GET {
        Body::empty()
    } else {
        Body::from(body::read(body).await?)
    };
    Ok(Request::from_parts(parts, body))
}

fn is_public(parts: &Parts) -> bool {
    let path = parts.uri.path();
    parts.method == Method::POST && PUBLIC.iter().any(|public| path.starts_with(public))
}

fn unauthenticated() -> Problem {
    metrics::counter!("cinatra_unauthenticated_total").increment(1);
    Problem::new(
        Class::Unauthenticated,
        "UNAUTHENTICATED",
        "A valid credential is required.",
    )
}

/// Who calls: by a bearer token, which is believed or refused; else by a browser's cookie, which may have become
/// nobody's; else nobody. What a cookie's holder may change, a page of ours has to have asked for.
async fn authenticate(app: &App, parts: &Parts) -> Result<Arc<Principal>, Problem> {
    let holder = holder(app, &parts.headers).await?;
    if parts.headers.contains_key(header::AUTHORIZATION) || holder.is_anonymous() {
        return Ok(holder);
    }
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD);
    // Order: a present origin was compared with the allowed ones before.
    if !is_safe && !parts.headers.contains_key(header::ORIGIN) {
        return Err(Problem::new(
            Class::Forbidden,
            "ORIGIN_REQUIRED",
            "A call with a cookie names the page that makes it in the Origin header.",
        ));
    }
    Ok(holder)
}

/// Who holds the credential in these headers, at this moment.
pub(super) async fn holder(app: &App, headers: &HeaderMap) -> Result<Arc<Principal>, Problem> {
    if headers.contains_key(header::AUTHORIZATION) {
        let token = bearer(headers).map_err(|_| unauthenticated())?;
        let holder = app.gate().authenticate(&token).await?;
        return holder.ok_or_else(unauthenticated);
    }
    let nobody = || Arc::new(Principal::anonymous());
    let Ok(Some(token)) = app.cookies().read(headers) else {
        return Ok(nobody());
    };
    let holder = app.gate().authenticate(&token).await?;
    Ok(holder.unwrap_or_else(nobody))
}

/// From where the request comes, for limits and for the list of one's own sessions.
fn origin(parts: &Parts) -> Origin {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let agent = parts.headers.get(header::USER_AGENT);
    Origin {
        address: peer.map(|ConnectInfo(address)| address.ip()),
        user_agent: agent
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Token, InvalidToken> {
    let value = headers.get(header::AUTHORIZATION).ok_or(InvalidToken)?;
    let text = value.to_str().map_err(|_| InvalidToken)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Token::parse(token.trim())
        }
        Some(_) | None => Err(InvalidToken),
    }
}

/// Gives bare refusals of the HTTP machinery the envelope, and keeps their status and headers.
fn one_envelope(response: Response) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return response;
    }
    let problem = Problem::of_status(status);
    let mut kept = response.into_parts().0;
    kept.headers.remove(header::CONTENT_LENGTH);
    kept.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    kept.extensions
        .insert(ProblemCode(problem.code().to_owned()));
    Response::from_parts(kept, Body::from(problem.envelope().to_string()))
}

/// One line of the access log: no query, no header, no body, no token.
struct Line {
    id: Uuid,
    method: Method,
    path: String,
    route: String,
}

impl Line {
    fn of(request: &Request, id: Uuid) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        Self {
            id,
            method: request.method().clone(),
            path: request.uri().path().chars().take(256).collect(),
            route: route.map_or("none", MatchedPath::as_str).to_owned(),
        }
    }

    fn finish(self, response: &Response, started: Instant) {
        let status = response.status();
        let elapsed = started.elapsed();
        self.log(response, status, elapsed.as_micros());
        metrics::histogram!("cinatra_http_request_seconds", "route" => self.route.clone())
            .record(elapsed.as_secs_f64());
        metrics::counter!(
            "cinatra_http_requests_total",
            "route" => self.route, "status" => status.as_u16().to_string(),
        )
        .increment(1);
    }

    fn log(&self, response: &Response, status: StatusCode, us: u128) {
        let code = response.extensions().get::<ProblemCode>();
        let code = code.map_or("", |code| code.0.as_str());
        let (id, method, path, status) = (self.id, &self.method, &self.path, status.as_u16());
        if status >= 500 {
            tracing::warn!(target: "access", request_id = %id, %method, path, status, us, code);
        } else if status >= 400 {
            tracing::info!(target: "access", request_id = %id, %method, path, status, us, code);
        } else {
            tracing::debug!(target: "access", request_id = %id, %method, path, status, us);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::TokenKind;

    fn parsed(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(value).unwrap();
        headers.insert(header::AUTHORIZATION, value);
        bearer(&headers).is_ok()
    }

    #[test]
    fn a_credential_is_a_bearer_token() {
        let token = Token::generate(TokenKind::Personal).unwrap().reveal();
        assert!(parsed(&format!("Bearer {token}")));
        assert!(parsed(&format!("bearer  {token}")));
        for value in ["", "Bearer", "Bearer ", "Basic YTpi", &token] {
            assert!(!parsed(value), "{value}");
        }
        assert!(bearer(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_bare_refusal_gets_the_envelope_and_keeps_its_headers() {
        let bare = (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "POST")],
            "no",
        )
            .into_response();
        let response = one_envelope(bare);
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "POST");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    }

    #[test]
    fn an_envelope_is_left_alone() {
        let problem = Problem::invalid_input("a", "b").into_response();
        let response = one_envelope(problem);
        let code = response.extensions().get::<ProblemCode>();
        assert_eq!(code.map(|code| code.0.as_str()), Some("INVALID_INPUT"));
    }
}
