//! Why the rules say no.

use serde_json::{Value, json};

use super::CO_OWNERS_MAX;
use crate::kernel::{Class, Coded};

/// Why a command about the access to a resource is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The owner was to be made a co-owner.
    #[error("the owner needs no grant: it is theirs already")]
    OwnerImplicit,
    /// Whoever was to be made a co-owner does not belong to the organization.
    #[error("nobody of the organization has this id")]
    MemberNotFound,
    /// The resource has as many co-owners as it may.
    #[error("the resource has {CO_OWNERS_MAX} co-owners, which is the most: revoke one first")]
    CoOwnerLimit,
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::OwnerImplicit => Class::Invalid,
            Self::MemberNotFound => Class::NotFound,
            Self::CoOwnerLimit => Class::Rejected,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::OwnerImplicit => "OWNER_IMPLICIT",
            Self::MemberNotFound => "MEMBER_NOT_FOUND",
            Self::CoOwnerLimit => "CO_OWNER_LIMIT",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::OwnerImplicit | Self::MemberNotFound => json!({}),
            Self::CoOwnerLimit => json!({ "coOwnersMax": CO_OWNERS_MAX }),
        }
    }
}
