//! A caller over HTTP.

use std::time::Duration;

use axum::http::HeaderValue;
use reqwest::{RequestBuilder, Response};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::CliError;
use super::find::reveal;
use crate::primitive::HEADERS;
use crate::web;

/// Installing fetches packages, which may take a while.
const PATIENCE: Duration = Duration::from_mins(3);
/// A stream is opened again after this long at the latest.
const STREAM_LIFE: Duration = Duration::from_hours(1);

/// A server and the credential for it.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    /// Absent for what anybody may call.
    token: Option<SecretString>,
}

/// What travels beside the input.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) min_pos: Option<&'a str>,
    pub(super) strict: bool,
    pub(super) project: Option<&'a str>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) output: Value,
    pub(super) at: Option<String>,
    pub(super) stale: bool,
}

impl Client {
    pub(super) fn new(url: String, token: Option<SecretString>) -> Result<Self, CliError> {
        let http = web::client(&url, PATIENCE)?;
        Ok(Self { http, url, token })
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Calls a primitive; a refusal is an error with its envelope. The name becomes a part of the path, so
    /// nothing but a name may stand there.
    pub(super) async fn call(
        &self,
        name: &str,
        input: &Value,
        beside: Beside<'_>,
    ) -> Result<Answer, CliError> {
        check(name, beside)?;
        let mut request = self
            .http
            .post(format!("{}/api/primitives/{name}", self.url));
        if let Some(key) = beside.key {
            request = request.header(HEADERS.idempotency_key, key);
        }
        if let Some(min_pos) = beside.min_pos {
            request = request.header(HEADERS.min_pos, min_pos);
        }
        if beside.strict {
            request = request.header(HEADERS.strict, "true");
        }
        if let Some(project) = beside.project {
            request = request.header(HEADERS.project, project);
        }
        self.send(request.json(input)).await
    }

    /// Opens a run's stream, after the last frame that was seen. It may stay open for as long as the server keeps it.
    pub(super) async fn stream(
        &self,
        run: &str,
        after: Option<&str>,
    ) -> Result<Response, CliError> {
        let mut request = self
            .http
            .get(format!("{}/api/agents/runs/{run}/stream", self.url))
            .timeout(STREAM_LIFE);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = self.reach(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let envelope = self.body(response).await?;
        Err(CliError::Refused { status, envelope })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, CliError> {
        let response = self.reach(request).await?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (at, stale) = (header(HEADERS.at), header(HEADERS.stale));
        let status = response.status();
        let body = self.body(response).await?;
        if status.is_success() {
            let stale = stale.as_deref() == Some("true");
            return Ok(Answer {
                output: body,
                at,
                stale,
            });
        }
        Err(CliError::Refused {
            status: status.as_u16(),
            envelope: body,
        })
    }

    /// Sends with the credential.
    async fn reach(&self, request: RequestBuilder) -> Result<Response, CliError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(reveal(token)),
            None => request,
        };
        request.send().await.map_err(|source| self.lost(source))
    }

    async fn body(&self, response: Response) -> Result<Value, CliError> {
        let text = response.text().await.map_err(|source| self.lost(source))?;
        Ok(serde_json::from_str(&text).unwrap_or_else(|_| json!({ "text": text })))
    }

    fn lost(&self, source: reqwest::Error) -> CliError {
        // Nothing was sent: it is not the server that fails.
        if source.is_builder() {
            return CliError::Unsendable(source);
        }
        CliError::Unreachable {
            url: self.url.clone(),
            source,
        }
    }
}

/// Whether a request can be made of this; known before there is a server to send it to.
pub(super) fn check(name: &str, beside: Beside<'_>) -> Result<(), CliError> {
    let refuse = |argument, reason| Err(CliError::Argument { argument, reason });
    if !is_name(name) {
        let reason = "small letters, digits and underscores only, for example extensions_list";
        return refuse("the primitive's name", reason);
    }
    for (argument, value) in [
        ("--key", beside.key),
        ("--min-pos", beside.min_pos),
        ("--project", beside.project),
    ] {
        if value.is_some_and(|value| HeaderValue::from_str(value).is_err()) {
            return refuse(argument, "has characters that no header can carry");
        }
    }
    Ok(())
}

/// How every primitive is named.
fn is_name(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !text.is_empty() && text.chars().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::Catalogue;

    #[test]
    fn every_primitive_has_a_name_and_a_path_has_none() {
        for primitive in Catalogue::build().unwrap().iter() {
            assert!(is_name(primitive.name()), "{}", primitive.name());
        }
        for text in ["", "..", "a/b", "a?b", "a#b", "a%2fb", "A", "a b", "é"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
