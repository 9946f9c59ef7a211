//! One GET with everything that bounds it: origin, time, size, repetition.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode, Url, redirect};
use rustls::ClientConfig;
use secrecy::{ExposeSecret as _, SecretString};

use super::address::Base;
use crate::gateway::registry::{RegistryError, SettingError};
use crate::gateway::tls;

/// How long to wait for a registry.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For a document, repetitions included.
    pub document: Duration,
    /// For a tarball, repetitions included.
    pub tarball: Duration,
    /// Before the first repetition; four times as long before the second.
    pub backoff: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            document: Duration::from_secs(10),
            tarball: Duration::from_mins(2),
            backoff: Duration::from_millis(200),
        }
    }
}

/// Something to get.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) url: Url,
    /// For errors: what we are doing, in words.
    pub(super) doing: String,
    pub(super) accept: &'static str,
    pub(super) bytes_max: u64,
    pub(super) patience: Duration,
}

/// What came back, when the registry could say.
#[derive(Debug)]
pub(super) enum Got {
    Body(Bytes),
    /// Absent, or hidden from us.
    Nothing,
}

enum Failure {
    /// May be different at once.
    Passing(String),
    Lasting(RegistryError),
}

/// An HTTP client that speaks to one registry only.
#[derive(Clone, Debug)]
pub(super) struct Fetcher {
    client: Client,
    authorization: Option<HeaderValue>,
    backoff: Duration,
}

impl Fetcher {
    const REPETITIONS: u32 = 2;
    const REDIRECTS: usize = 5;
    const CONNECT: Duration = Duration::from_secs(5);
    /// Some registries look for `npm` in it.
    const USER_AGENT: &'static str = concat!("npm/10.9.0 cinatra/", env!("CARGO_PKG_VERSION"));

    pub(super) fn open(
        base: &Base,
        token: Option<&SecretString>,
        backoff: Duration,
    ) -> Result<Self, SettingError> {
        let own = base.clone();
        // A redirect elsewhere is not followed; the 3xx itself then becomes the error.
        let redirects = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() <= Self::REDIRECTS && own.covers(attempt.url()) {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        let client = Client::builder()
            .tls_backend_preconfigured(trust(base)?)
            .user_agent(Self::USER_AGENT)
            .redirect(redirects)
            .referer(false)
            .connect_timeout(Self::CONNECT)
            .build()
            .map_err(|error| SettingError::Client {
                reason: error.to_string(),
            })?;
        Ok(Self {
            client,
            authorization: token.map(bearer).transpose()?,
            backoff,
        })
    }

    /// The same client with another credential.
    pub(super) fn with_token(&self, token: &SecretString) -> Result<Self, SettingError> {
        Ok(Self {
            authorization: Some(bearer(token)?),
            ..self.clone()
        })
    }

    /// Gets a body, with at most two repetitions when the failure may have passed.
    pub(super) async fn get(&self, ask: &Ask) -> Result<Got, RegistryError> {
        tokio::time::timeout(ask.patience, self.get_patiently(ask))
            .await
            .unwrap_or_else(|_| Err(unavailable(ask, "timeout".to_owned())))
    }

    async fn get_patiently(&self, ask: &Ask) -> Result<Got, RegistryError> {
        let mut pause = self.backoff;
        for _ in 0..Self::REPETITIONS {
            match self.get_once(ask).await {
                Ok(got) => return Ok(got),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing(reason)) => {
                    tracing::debug!(operation = ask.doing, reason, "asking the registry again");
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
        }
        match self.get_once(ask).await {
            Ok(got) => Ok(got),
            Err(Failure::Lasting(error)) => Err(error),
            Err(Failure::Passing(reason)) => Err(unavailable(ask, reason)),
        }
    }

    async fn get_once(&self, ask: &Ask) -> Result<Got, Failure> {
        let mut request = self
            .client
            .get(ask.url.clone())
            .header(ACCEPT, ask.accept)
            // A tarball's digest is over its bytes as stored: no one is to pack or unpack them again.
            .header(ACCEPT_ENCODING, "identity");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = request.send().await.map_err(|error| passing(&error))?;
        let doing = || ask.doing.clone();
        let status = response.status();
        match status {
            StatusCode::OK => read(response, ask).await.map(Got::Body),
            StatusCode::NOT_FOUND => Ok(Got::Nothing),
            StatusCode::UNAUTHORIZED => Err(Failure::Lasting(RegistryError::Unauthorized {
                doing: doing(),
            })),
            StatusCode::FORBIDDEN => Err(Failure::Lasting(RegistryError::Forbidden {
                doing: doing(),
            })),
            StatusCode::TOO_MANY_REQUESTS => Err(Failure::Passing(reason_of(status))),
            _ if status.is_server_error() => Err(Failure::Passing(reason_of(status))),
            _ if status.is_redirection() => Err(unexpected(
                ask,
                "a redirect that leads away from the registry",
            )),
            _ if status.is_client_error() => Err(Failure::Lasting(RegistryError::BadRequest {
                doing: doing(),
                status: status.as_u16(),
            })),
            _ => Err(unexpected(ask, &reason_of(status))),
        }
    }
}

async fn read(mut response: reqwest::Response, ask: &Ask) -> Result<Bytes, Failure> {
    let too_large = || {
        Failure::Lasting(RegistryError::PayloadTooLarge {
            doing: ask.doing.clone(),
            bytes_max: ask.bytes_max,
        })
    };
    if response
        .content_length()
        .is_some_and(|length| length > ask.bytes_max)
    {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| passing(&error))? {
        body.extend_from_slice(&chunk);
        if u64::try_from(body.len()).unwrap_or(u64::MAX) > ask.bytes_max {
            return Err(too_large());
        }
    }
    Ok(body.freeze())
}

fn trust(base: &Base) -> Result<ClientConfig, SettingError> {
    // Over plain http no certificate is ever looked at, so a machine without any will do.
    let config = if base.is_https() {
        tls::platform()
    } else {
        tls::nobody()
    };
    config.map_err(|error| SettingError::Client {
        reason: error.to_string(),
    })
}

fn bearer(token: &SecretString) -> Result<HeaderValue, SettingError> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .map_err(|_| SettingError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

fn unavailable(ask: &Ask, reason: String) -> RegistryError {
    RegistryError::Unavailable {
        doing: ask.doing.clone(),
        reason,
    }
}

fn unexpected(ask: &Ask, reason: &str) -> Failure {
    Failure::Lasting(RegistryError::UnexpectedResponse {
        doing: ask.doing.clone(),
        reason: reason.to_owned(),
    })
}

/// Names the kind of failure only: the error's own text has the address in it.
fn passing(error: &reqwest::Error) -> Failure {
    let reason = if error.is_connect() {
        "connect"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_body() || error.is_decode() {
        "truncated"
    } else {
        "broken connection"
    };
    Failure::Passing(reason.to_owned())
}

fn reason_of(status: StatusCode) -> String {
    format!("status {}", status.as_u16())
}
