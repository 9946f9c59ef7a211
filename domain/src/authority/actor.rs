//! Who acts, as the credential says. What they may do in an organization, its ledger says.

use std::collections::BTreeSet;

use crate::kernel::{ActorId, ServiceAccountId, TenantId, UserId};
use crate::permission::Permission;
use crate::user::PlatformRole;

/// What kind of credential somebody acts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// None.
    Anonymous,
    /// A person's or assistant's session or token.
    User(UserId),
    /// A service account's secret.
    ServiceAccount(ServiceAccountId),
    /// The credential of the first start: everything in the default organization, before there is anybody.
    Bootstrap,
}

/// Why an administrator of the instance acts in an organization that is not theirs.
/// Source: spec/workspace.md 2.4, `withPlatformAdminBypass`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BypassReason {
    /// Something has to be taken away.
    Moderation,
    /// Somebody asked for their data, or for its erasure.
    GdprRequest,
    /// Nobody is left who could hand over.
    OwnershipTransfer,
    /// Something is wrong.
    IncidentResponse,
    /// Somebody has to look.
    ComplianceAudit,
}

impl BypassReason {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moderation => "moderation",
            Self::GdprRequest => "gdpr_request",
            Self::OwnershipTransfer => "ownership_transfer",
            Self::IncidentResponse => "incident_response",
            Self::ComplianceAudit => "compliance_audit",
        }
    }

    /// Reads a stored word back.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Moderation,
            Self::GdprRequest,
            Self::OwnershipTransfer,
            Self::IncidentResponse,
            Self::ComplianceAudit,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == text)
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// As events name them.
    pub id: ActorId,
    /// With what kind of credential.
    pub kind: ActorKind,
    /// Where: the organization that the credential is for.
    pub organization: Option<TenantId>,
    /// What they may do on the instance.
    pub platform_role: PlatformRole,
    /// Permissions that the credential is narrowed to; absent for no narrowing, empty for none.
    pub scopes: Option<BTreeSet<Permission>>,
    /// Why an administrator acts where they do not belong; absent for everybody else.
    pub bypass: Option<BypassReason>,
}

impl Actor {
    /// Whether the credential reaches that far. It never reaches farther than its holder's rights.
    pub fn reaches(&self, permission: Permission) -> bool {
        let scopes = self.scopes.as_ref();
        scopes.is_none_or(|scopes| scopes.contains(&permission))
    }

    /// The person or assistant, if it is one.
    pub const fn user(&self) -> Option<UserId> {
        match self.kind {
            ActorKind::User(user) => Some(user),
            ActorKind::Anonymous | ActorKind::ServiceAccount(_) | ActorKind::Bootstrap => None,
        }
    }

    /// Whether they administer the instance: a person who does, or whoever starts it the first time.
    pub fn is_platform_admin(&self) -> bool {
        match self.kind {
            ActorKind::User(_) => self.platform_role == PlatformRole::Admin,
            ActorKind::Bootstrap => true,
            ActorKind::Anonymous | ActorKind::ServiceAccount(_) => false,
        }
    }
}
