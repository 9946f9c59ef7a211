//! Why the rules say no. No refusal carries a name or an address.

use serde_json::{Map, Value, json};

use super::TOKENS_MAX;
use crate::kernel::{Class, Coded, TenantId};

/// Why a command to a person or assistant is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The address belongs to somebody.
    #[error("somebody has this e-mail address already")]
    EmailTaken,
    /// Nobody with this id was ever here.
    #[error("there is no such user")]
    UserNotFound,
    /// Whoever it was is gone.
    #[error("this user was erased")]
    UserErased,
    /// Without this one nobody could administer the instance.
    #[error("this is the last administrator of the instance: make another one first")]
    LastAdministrator,
    /// Without this one nobody could decide who belongs to these organizations.
    #[error("this user is the last owner of an organization: make another owner first")]
    LastOwner {
        /// Which ones.
        organizations: Vec<TenantId>,
    },
    /// The person has as many tokens as they may.
    #[error("this user has {TOKENS_MAX} tokens, which is the most: revoke one first")]
    TokenLimit,
    /// The person never had this token.
    #[error("there is no such token")]
    TokenNotFound,
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::EmailTaken | Self::LastAdministrator | Self::LastOwner { .. } => Class::Conflict,
            Self::UserNotFound | Self::UserErased | Self::TokenNotFound => Class::NotFound,
            Self::TokenLimit => Class::Rejected,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::UserNotFound => "USER_NOT_FOUND",
            Self::UserErased => "USER_ERASED",
            Self::LastAdministrator => "LAST_ADMINISTRATOR",
            Self::LastOwner { .. } => "LAST_OWNER",
            Self::TokenLimit => "TOKEN_LIMIT",
            Self::TokenNotFound => "TOKEN_NOT_FOUND",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::LastOwner { organizations } => json!({ "organizationIds": organizations }),
            Self::TokenLimit => json!({ "tokensMax": TOKENS_MAX }),
            Self::EmailTaken
            | Self::UserNotFound
            | Self::UserErased
            | Self::LastAdministrator
            | Self::TokenNotFound => Value::Object(Map::new()),
        }
    }
}
