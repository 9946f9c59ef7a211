//! Why the rules say no. No refusal carries anything that was typed but a name.

use serde_json::{Value, json};

use super::SECRETS_MAX;
use crate::kernel::{Class, Coded};

/// Why a command to a secret is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The organization has as many as it may.
    #[error("the organization has {SECRETS_MAX} secrets, which is the most: delete one first")]
    SecretLimit,
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::SecretLimit => Class::Rejected,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SecretLimit => "SECRET_LIMIT",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::SecretLimit => json!({ "secretsMax": SECRETS_MAX }),
        }
    }
}
