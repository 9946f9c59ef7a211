//! Why the rules say no. No refusal carries a name or an address.

use serde_json::{Map, Value, json};

use super::{INVITATIONS_MAX, SERVICE_ACCOUNTS_MAX, TEAMS_MAX};
use crate::kernel::{Class, Coded};

/// Why a command to an organization is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It never came to be.
    #[error("there is no such organization")]
    OrganizationNotFound,
    /// A ledger is of one organization.
    #[error("another organization is there already")]
    OrganizationExists,
    /// Without this one nobody could decide who belongs to it.
    #[error("this is the last owner of the organization: make another owner first")]
    LastOwner,
    /// Only an owner makes or unmakes owners.
    #[error("only an owner of the organization may do that to an owner")]
    OwnerRequired,
    /// Somebody does not belong to the organization, or to the team.
    #[error("there is no such member")]
    MemberNotFound,
    /// Whoever is invited belongs to the organization.
    #[error("whoever has this e-mail address is a member already")]
    AlreadyMember,
    /// The organization has no such invitation.
    #[error("there is no such invitation")]
    InvitationNotFound,
    /// The invitation went to somebody else.
    #[error("the invitation went to another e-mail address than your verified one")]
    InvitationOtherAddressee,
    /// The invitation was taken back.
    #[error("the invitation was canceled")]
    InvitationCanceled,
    /// The invitation is too old.
    #[error("the invitation has expired: ask for another one")]
    InvitationExpired,
    /// The invitation was followed, which happens once.
    #[error("the invitation was accepted already")]
    InvitationAccepted,
    /// As many invitations are open as may.
    #[error("{INVITATIONS_MAX} invitations are pending, which is the most: cancel one first")]
    InvitationLimit,
    /// The organization has no such team.
    #[error("there is no such team")]
    TeamNotFound,
    /// A slug is given once in an organization.
    #[error("a team has the slug {slug} already")]
    SlugTaken {
        /// The slug.
        slug: String,
    },
    /// The organization has as many teams as it may.
    #[error("the organization has {TEAMS_MAX} teams, which is the most: delete one first")]
    TeamLimit,
    /// Projects would be left without an owner.
    #[error("the team owns projects: promote them first")]
    TeamOwnsProjects {
        /// How many.
        projects: u64,
    },
    /// A further role counts in the organization only.
    #[error("there is no such scope in the organization")]
    RoleScopeNotFound,
    /// A further role would have ended before it began.
    #[error("the role would have ended already")]
    RoleGrantExpired,
    /// The organization has no such service account, or it was revoked.
    #[error("there is no such service account")]
    ServiceAccountNotFound,
    /// The organization has as many service accounts as it may.
    #[error(
        "the organization has {SERVICE_ACCOUNTS_MAX} service accounts, which is the most: revoke one first"
    )]
    ServiceAccountLimit,
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::OrganizationNotFound
            | Self::MemberNotFound
            | Self::InvitationNotFound
            | Self::TeamNotFound
            | Self::RoleScopeNotFound
            | Self::ServiceAccountNotFound => Class::NotFound,
            Self::OrganizationExists
            | Self::LastOwner
            | Self::AlreadyMember
            | Self::InvitationCanceled
            | Self::InvitationAccepted
            | Self::SlugTaken { .. }
            | Self::TeamOwnsProjects { .. } => Class::Conflict,
            Self::OwnerRequired | Self::InvitationOtherAddressee => Class::Forbidden,
            // The original answered 410 for an expired invitation; no class stands for that.
            Self::InvitationExpired
            | Self::InvitationLimit
            | Self::TeamLimit
            | Self::RoleGrantExpired
            | Self::ServiceAccountLimit => Class::Rejected,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::OrganizationNotFound => "ORGANIZATION_NOT_FOUND",
            Self::OrganizationExists => "ORGANIZATION_EXISTS",
            Self::LastOwner => "LAST_OWNER",
            Self::OwnerRequired => "OWNER_REQUIRED",
            Self::MemberNotFound => "MEMBER_NOT_FOUND",
            Self::AlreadyMember => "ALREADY_MEMBER",
            Self::InvitationNotFound => "INVITATION_NOT_FOUND",
            Self::InvitationOtherAddressee => "INVITATION_OTHER_ADDRESSEE",
            Self::InvitationCanceled => "INVITATION_CANCELED",
            Self::InvitationExpired => "INVITATION_EXPIRED",
            Self::InvitationAccepted => "INVITATION_ACCEPTED",
            Self::InvitationLimit => "INVITATION_LIMIT",
            Self::TeamNotFound => "TEAM_NOT_FOUND",
            Self::SlugTaken { .. } => "SLUG_TAKEN",
            Self::TeamLimit => "TEAM_LIMIT",
            Self::TeamOwnsProjects { .. } => "TEAM_OWNS_PROJECTS",
            Self::RoleScopeNotFound => "ROLE_SCOPE_NOT_FOUND",
            Self::RoleGrantExpired => "ROLE_GRANT_EXPIRED",
            Self::ServiceAccountNotFound => "SERVICE_ACCOUNT_NOT_FOUND",
            Self::ServiceAccountLimit => "SERVICE_ACCOUNT_LIMIT",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::InvitationLimit => json!({ "invitationsMax": INVITATIONS_MAX }),
            Self::SlugTaken { slug } => json!({ "slug": slug }),
            Self::TeamLimit => json!({ "teamsMax": TEAMS_MAX }),
            Self::TeamOwnsProjects { projects } => json!({ "projects": projects }),
            Self::ServiceAccountLimit => json!({ "serviceAccountsMax": SERVICE_ACCOUNTS_MAX }),
            Self::OrganizationNotFound
            | Self::OrganizationExists
            | Self::LastOwner
            | Self::OwnerRequired
            | Self::MemberNotFound
            | Self::AlreadyMember
            | Self::InvitationNotFound
            | Self::InvitationOtherAddressee
            | Self::InvitationCanceled
            | Self::InvitationExpired
            | Self::InvitationAccepted
            | Self::TeamNotFound
            | Self::RoleScopeNotFound
            | Self::RoleGrantExpired
            | Self::ServiceAccountNotFound => Value::Object(Map::new()),
        }
    }
}
