//! Why the rules say no.

use serde_json::{Map, Value, json};

use super::{ACCESS_MAX, Level};
use crate::kernel::{Class, Coded};

/// Why a command to a project is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It never came to be.
    #[error("there is no such project")]
    ProjectNotFound,
    /// Nothing new comes into it.
    #[error("the project is archived: unarchive it first")]
    ProjectArchived,
    /// On one level a project does not change hands.
    #[error("a project does not move to another owner on the same level")]
    SidewaysMoveDenied {
        /// The level.
        level: Level,
    },
    /// A level that was reached is never left downwards, whoever asks.
    #[error("promotions are irreversible")]
    RatchetViolation {
        /// The level it is on.
        from: Level,
        /// The lower one that was asked for.
        to: Level,
    },
    /// Whoever owns it has more access than could be given.
    #[error("the owner has access without being given it")]
    OwnerImplicit,
    /// Only members and teams of the organization can be given access.
    #[error("there is no such member or team in the organization")]
    PrincipalNotFound,
    /// As many have access as may.
    #[error("{ACCESS_MAX} have access to the project, which is the most: revoke one first")]
    AccessLimit,
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::ProjectNotFound | Self::PrincipalNotFound => Class::NotFound,
            Self::ProjectArchived => Class::Forbidden,
            Self::SidewaysMoveDenied { .. } | Self::RatchetViolation { .. } | Self::AccessLimit => {
                Class::Rejected
            }
            Self::OwnerImplicit => Class::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::ProjectNotFound => "PROJECT_NOT_FOUND",
            Self::ProjectArchived => "PROJECT_ARCHIVED",
            Self::SidewaysMoveDenied { .. } => "SIDEWAYS_MOVE_DENIED",
            Self::RatchetViolation { .. } => "RATCHET_VIOLATION",
            Self::OwnerImplicit => "OWNER_IMPLICIT",
            Self::PrincipalNotFound => "PRINCIPAL_NOT_FOUND",
            Self::AccessLimit => "ACCESS_LIMIT",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::SidewaysMoveDenied { level } => json!({ "level": level }),
            Self::RatchetViolation { from, to } => json!({ "level": from, "targetLevel": to }),
            Self::AccessLimit => json!({ "accessMax": ACCESS_MAX }),
            Self::ProjectNotFound
            | Self::ProjectArchived
            | Self::OwnerImplicit
            | Self::PrincipalNotFound => Value::Object(Map::new()),
        }
    }
}
