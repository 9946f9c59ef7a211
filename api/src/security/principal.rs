//! Whom a credential stands for.

use cinatra_domain::kernel::{ActorId, TenantId};

/// What a credential's holder may do; the finer rules come with identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything in the organization.
    PlatformAdmin,
    /// Reading.
    Member,
}

impl Role {
    /// As stored; `None` for a role that this build does not know.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "platform_admin" => Some(Self::PlatformAdmin),
            "member" => Some(Self::Member),
            _ => None,
        }
    }

    /// As stored, and as the envelope of an event names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::Member => "member",
        }
    }
}

/// The holder of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The organization that the credential belongs to.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: ActorId,
    /// What it may do.
    pub role: Role,
}
