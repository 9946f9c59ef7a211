//! Why an agent's question to a model was not answered.

use cinatra_domain::kernel::{Class, Coded};
use serde_json::{Value, json};

use super::super::ModelError;

/// Why an agent's question to a model was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BridgeError {
    /// A field is outside its grammar.
    #[error("{field} {reason}")]
    InvalidField {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The agent insists on a model that nobody may insist on.
    #[error("model_id is not one of the models that can be asked for")]
    UnknownModelId,
    /// What was announced as an envelope is none.
    #[error("user is not a valid envelope: {reason}")]
    InvalidUserEnvelope {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The agent wants another provider than there is.
    #[error("the preferred provider of language models is not available")]
    PreferredProviderUnavailable,
    /// The model did not answer.
    #[error("{source}")]
    Model {
        /// Why.
        source: ModelError,
    },
}

impl BridgeError {
    pub(super) const fn field(field: &'static str, reason: &'static str) -> Self {
        Self::InvalidField { field, reason }
    }

    /// The HTTP status of the answer. Source: runs.md 4.8.
    pub fn status(&self) -> u16 {
        match self {
            Self::InvalidField { .. } | Self::UnknownModelId | Self::InvalidUserEnvelope { .. } => {
                400
            }
            Self::PreferredProviderUnavailable | Self::Model { .. } => 503,
        }
    }
}

impl From<ModelError> for BridgeError {
    fn from(source: ModelError) -> Self {
        Self::Model { source }
    }
}

impl Coded for BridgeError {
    fn class(&self) -> Class {
        match self {
            Self::InvalidField { .. } | Self::UnknownModelId | Self::InvalidUserEnvelope { .. } => {
                Class::Invalid
            }
            Self::PreferredProviderUnavailable | Self::Model { .. } => Class::Unavailable,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::InvalidField { .. } => "INVALID_INPUT",
            Self::UnknownModelId => "UNKNOWN_MODEL_ID",
            Self::InvalidUserEnvelope { .. } => "INVALID_USER_ENVELOPE",
            Self::PreferredProviderUnavailable => "PREFERRED_PROVIDER_UNAVAILABLE",
            Self::Model {
                source: ModelError::NoProvider,
            } => "NO_LLM_PROVIDER",
            Self::Model { .. } => "MODEL_UNAVAILABLE",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::InvalidField { field, reason } => json!({ "field": field, "reason": reason }),
            Self::InvalidUserEnvelope { reason } => json!({ "reason": reason }),
            Self::Model { source } => json!({ "cause": source.code() }),
            Self::UnknownModelId | Self::PreferredProviderUnavailable => json!({}),
        }
    }
}
