//! Why a model gave no answer, or half of one.

use std::time::Duration;

use reqwest::StatusCode;

/// Why a model gave no answer. Nothing in it is from a prompt, an answer or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No model is configured.
    #[error("no language model is configured")]
    NoProvider,
    /// An organization's key cannot be sent.
    #[error("the key for the language model has characters that no header can carry")]
    KeyUnusable,
    /// The provider said no.
    #[error("the language model's provider refused with status {status}: {refusal}")]
    Refused {
        /// The status it said it with.
        status: u16,
        /// What that means.
        refusal: Refusal,
    },
    /// No connection.
    #[error("the language model cannot be reached")]
    Unreachable,
    /// The answer broke off.
    #[error("the language model's answer broke off")]
    Interrupted,
    /// What arrived is not what was agreed on.
    #[error("the language model's answer cannot be read")]
    Malformed,
    /// The answer is longer than is taken.
    #[error("the language model's answer is longer than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// Nothing arrived for too long.
    #[error("the language model said nothing for {} s", idle.as_secs())]
    Idle {
        /// How long it was waited for.
        idle: Duration,
    },
}

impl ModelError {
    /// Stable, lower case: the code that a run fails with.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoProvider => "no_llm_provider",
            Self::KeyUnusable => "model_key_unusable",
            Self::Refused { .. } => "model_refused",
            Self::Unreachable => "model_unreachable",
            Self::Interrupted => "model_interrupted",
            Self::Malformed => "model_malformed",
            Self::TooLarge { .. } => "model_response_too_large",
            Self::Idle { .. } => "model_idle",
        }
    }
}

/// What a provider's status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not know the key, or the key may not do this.
    Credential,
    /// It knows no such model, or no such path.
    Unknown,
    /// Too many requests, or no credit left.
    Limited,
    /// It does not accept the request.
    Request,
    /// It is in trouble itself.
    Provider,
    /// It is somewhere else, or speaks another language.
    Elsewhere,
}

impl Refusal {
    /// Unless the status is a success.
    pub(super) fn of(status: StatusCode) -> Option<Self> {
        match status.as_u16() {
            200..=299 => None,
            401 | 403 => Some(Self::Credential),
            404 => Some(Self::Unknown),
            402 | 429 => Some(Self::Limited),
            400..=499 => Some(Self::Request),
            500..=599 => Some(Self::Provider),
            _ => Some(Self::Elsewhere),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Credential => "it does not accept the key",
            Self::Unknown => "it knows no such model",
            Self::Limited => "too many requests, or no credit left",
            Self::Request => "it does not accept the request",
            Self::Provider => "it is in trouble itself",
            Self::Elsewhere => "it does not speak this protocol here",
        })
    }
}

/// Not an address that paths can be put behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not http://host[:port][/path] or https://host[:port][/path]")]
pub struct InvalidEndpoint;

/// Why a model cannot be used as configured; a start-up error, never one of a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The key cannot be sent in a header.
    #[error("the key for the language model has characters that no header can carry")]
    Key,
    /// The HTTP client could not be set up, for want of certificates for example.
    #[error("could not set up a client for the language model: {reason}")]
    Client {
        /// What the libraries said.
        reason: String,
    },
}
