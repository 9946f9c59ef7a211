//! A caller over HTTP.

use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::CliError;
use super::find::reveal;
use crate::primitive::HEADERS;
use crate::web;

/// Installing fetches packages, which may take a while.
const PATIENCE: Duration = Duration::from_mins(3);

/// A server and the credential for it.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    token: SecretString,
}

/// What travels beside the input.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) min_pos: Option<&'a str>,
    pub(super) strict: bool,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) output: Value,
    pub(super) at: Option<String>,
    pub(super) stale: bool,
}

impl Client {
    pub(super) fn new(url: String, token: SecretString) -> Result<Self, CliError> {
        let http = web::client(&url, PATIENCE)?;
        Ok(Self { http, url, token })
    }

    /// Calls a primitive; a refusal is an error with its envelope.
    pub(super) async fn call(
        &self,
        name: &str,
        input: &Value,
        beside: Beside<'_>,
    ) -> Result<Answer, CliError> {
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
        self.send(request.json(input)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, CliError> {
        let lost = |source| CliError::Unreachable {
            url: self.url.clone(),
            source,
        };
        let response = request
            .bearer_auth(reveal(&self.token))
            .send()
            .await
            .map_err(lost)?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (at, stale) = (header(HEADERS.at), header(HEADERS.stale));
        let status = response.status();
        let text = response.text().await.map_err(lost)?;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| json!({ "text": text }));
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
}
