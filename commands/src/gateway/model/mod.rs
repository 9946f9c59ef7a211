//! A language model behind an endpoint that speaks `OpenAI`'s chat completions. Start with [`Model`].
//!
//! The operator says where it is, so the address is not judged as those are that agents call. An answer
//! arrives as a stream, in bounded memory; dropping the stream ends the request.

pub mod bridge;
mod error;
mod events;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_stream::try_stream;
use bytes::Bytes;
use futures_util::Stream;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, Url, redirect, retry};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::tls;

pub use error::{InvalidEndpoint, ModelError, OpenError, Refusal};
pub use wire::{Finish, Usage};

use events::Events;
use wire::Progress;

/// Where the model is: an address that `/chat/completions` is put behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        let url = Url::parse(text).map_err(|_| InvalidEndpoint)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if plain {
            Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
        } else {
            Err(InvalidEndpoint)
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a model is asked.
#[derive(Clone, Debug)]
pub struct ModelOptions {
    /// Where it is. Without it there is no model.
    pub endpoint: Option<Endpoint>,
    /// Asked for where a prompt names no other.
    pub model: String,
    /// The credential where an organization has none of its own.
    pub key: Option<SecretString>,
    /// For a connection.
    pub connect_timeout: Duration,
    /// How long nothing may arrive, before the answer and within it.
    pub idle: Duration,
    /// The longest text that is taken.
    pub bytes_max: usize,
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            model: "gpt-5.5".to_owned(),
            key: None,
            connect_timeout: Duration::from_secs(5),
            idle: Duration::from_mins(2),
            bytes_max: 8 * 1024 * 1024,
        }
    }
}

/// What a model is asked.
#[derive(Clone, Default, PartialEq)]
pub struct Prompt {
    /// Who it is to be.
    pub system: Option<String>,
    /// What it is told.
    pub user: String,
    /// Which one, if not the default.
    pub model: Option<String>,
    /// The JSON Schema that its answer has to fit.
    pub output_schema: Option<Value>,
}

/// Shows nothing that was said.
impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// A piece of an answer. Text comes first, the end of it then, and what it cost perhaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// More text, never empty.
    Text(String),
    /// The text is complete, or as complete as it gets.
    Finished(Finish),
    /// What the answer cost.
    Usage(Usage),
}

/// Asks a language model. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Model {
    client: Client,
    options: Arc<ModelOptions>,
}

impl Model {
    const USER_AGENT: &'static str = concat!("cinatra/", env!("CARGO_PKG_VERSION"));

    /// A client; asks nobody yet.
    pub fn open(options: ModelOptions) -> Result<Self, OpenError> {
        let failed = |reason: String| OpenError::Client { reason };
        if let Some(key) = &options.key {
            bearer(key).ok_or(OpenError::Key)?;
        }
        let endpoint = options.endpoint.as_ref();
        let secure = endpoint.is_some_and(|endpoint| endpoint.0.starts_with("https:"));
        let trust = if secure {
            tls::platform()
        } else {
            tls::nobody()
        };
        let client = Client::builder()
            .tls_backend_preconfigured(trust.map_err(|error| failed(error.to_string()))?)
            .user_agent(Self::USER_AGENT)
            // Somebody else would get the credential.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .build()
            .map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            client,
            options: Arc::new(options),
        })
    }

    /// Whether there is a model to ask.
    pub fn is_configured(&self) -> bool {
        self.options.endpoint.is_some()
    }

    /// Asks, with an organization's own key or the instance's. Ends after the last delta, or with the
    /// one error that stopped it; nothing is asked before the stream is polled.
    pub fn stream(
        &self,
        prompt: Prompt,
        key: Option<SecretString>,
    ) -> impl Stream<Item = Result<Delta, ModelError>> + Send + use<> {
        let model = self.clone();
        try_stream! {
            let mut response = model.ask(&prompt, key).await?;
            let mut events = Events::new(model.options.bytes_max);
            let mut progress = Progress::new(model.options.bytes_max);
            while let Some(bytes) = model.chunk(&mut response, &progress).await? {
                for event in events.push(&bytes)? {
                    for delta in progress.take(&event)? {
                        yield delta;
                    }
                }
            }
            progress.end()?;
        }
    }

    async fn ask(
        &self,
        prompt: &Prompt,
        key: Option<SecretString>,
    ) -> Result<Response, ModelError> {
        let endpoint = self
            .options
            .endpoint
            .as_ref()
            .ok_or(ModelError::NoProvider)?;
        let mut request = self
            .client
            .post(format!("{endpoint}/chat/completions"))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            .body(wire::request(prompt, &self.options.model).to_string());
        if let Some(key) = key.as_ref().or(self.options.key.as_ref()) {
            request = request.header(AUTHORIZATION, bearer(key).ok_or(ModelError::KeyUnusable)?);
        }
        let response = self.patiently(request.send()).await?;
        let status = response.status();
        match Refusal::of(status) {
            None => Ok(response),
            // What a provider says in its body may repeat the prompt or the key.
            Some(refusal) => Err(ModelError::Refused {
                status: status.as_u16(),
                refusal,
            }),
        }
    }

    /// More of the answer, unless that was all.
    async fn chunk(
        &self,
        response: &mut Response,
        progress: &Progress,
    ) -> Result<Option<Bytes>, ModelError> {
        if progress.is_done() {
            return Ok(None);
        }
        self.patiently(response.chunk()).await
    }

    async fn patiently<T>(
        &self,
        pending: impl Future<Output = reqwest::Result<T>>,
    ) -> Result<T, ModelError> {
        match tokio::time::timeout(self.options.idle, pending).await {
            Ok(Ok(got)) => Ok(got),
            Ok(Err(error)) if error.is_connect() => Err(ModelError::Unreachable),
            Ok(Err(_)) => Err(ModelError::Interrupted),
            Err(_) => Err(ModelError::Idle {
                idle: self.options.idle,
            }),
        }
    }
}

fn bearer(key: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}
