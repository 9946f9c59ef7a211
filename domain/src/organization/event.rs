//! Facts about one organization. The quoted names are the storage format: add lines, never edit one.
//!
//! What something is called, and the address that an invitation goes to, is content, which can be erased.

use serde::{Deserialize, Serialize};

use super::{Departure, OrganizationRole, RoleScope, ScopedRole, TeamRole};
use crate::events;
use crate::kernel::{ContentRef, InvitationId, ServiceAccountId, TeamId, TenantId, UserId};

events! {
    /// Facts about who belongs to an organization and in what role, in its own ledger.
    pub enum OrganizationEvent {
        Created => "organization.created.v1",
        Updated => "organization.updated.v1",
        MemberAdded => "organization.member_added.v1",
        MemberRoleChanged => "organization.member_role_changed.v1",
        MemberRemoved => "organization.member_removed.v1",
        InvitationSent => "organization.invitation_sent.v1",
        InvitationAccepted => "organization.invitation_accepted.v1",
        InvitationCanceled => "organization.invitation_canceled.v1",
        InvitationErased => "organization.invitation_erased.v1",
        TeamCreated => "organization.team_created.v1",
        TeamRenamed => "organization.team_renamed.v1",
        TeamDeleted => "organization.team_deleted.v1",
        TeamMemberAdded => "organization.team_member_added.v1",
        TeamMemberRoleChanged => "organization.team_member_role_changed.v1",
        TeamMemberRemoved => "organization.team_member_removed.v1",
        RoleGranted => "organization.role_granted.v1",
        RoleRevoked => "organization.role_revoked.v1",
        ServiceAccountCreated => "organization.service_account_created.v1",
        ServiceAccountRotated => "organization.service_account_rotated.v1",
        ServiceAccountRevoked => "organization.service_account_revoked.v1",
    }
}

/// The organization came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Which: its ledger has the same id.
    pub organization_id: TenantId,
    /// Unique on the instance.
    pub slug: String,
    /// What it is called.
    pub name: ContentRef,
}

/// The organization is called otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Updated {
    /// From now on.
    pub name: ContentRef,
}

/// Somebody belongs to the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAdded {
    /// Who.
    pub user_id: UserId,
    /// In what role.
    pub role: OrganizationRole,
    /// The invitation that they followed; absent for the first owner.
    pub invitation_id: Option<InvitationId>,
}

/// A member has another role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRoleChanged {
    /// Who.
    pub user_id: UserId,
    /// Until now.
    pub from: OrganizationRole,
    /// From now on.
    pub to: OrganizationRole,
}

/// Somebody does not belong to the organization any more: nor to its teams, and scoped roles are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRemoved {
    /// Who.
    pub user_id: UserId,
    /// Why.
    pub departure: Departure,
}

/// Somebody was invited by e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationSent {
    /// Which.
    pub invitation_id: InvitationId,
    /// The address it went to, in lower case.
    pub email: ContentRef,
    /// The role that comes with it.
    pub role: OrganizationRole,
    /// The team that comes with it.
    pub team_id: Option<TeamId>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: i64,
}

/// Somebody followed an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAccepted {
    /// Which.
    pub invitation_id: InvitationId,
    /// Who.
    pub user_id: UserId,
}

/// An invitation was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationCanceled {
    /// Which.
    pub invitation_id: InvitationId,
}

/// The address that an invitation went to is gone; a pending one ends with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationErased {
    /// Which.
    pub invitation_id: InvitationId,
    /// The content that was erased.
    pub email: ContentRef,
}

/// Members can work together as a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamCreated {
    /// Which.
    pub team_id: TeamId,
    /// Unique in the organization.
    pub slug: String,
    /// What it is called.
    pub name: ContentRef,
}

/// A team is called otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRenamed {
    /// Which.
    pub team_id: TeamId,
    /// From now on, unique in the organization.
    pub slug: String,
    /// From now on.
    pub name: ContentRef,
}

/// A team is no more; nobody belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamDeleted {
    /// Which.
    pub team_id: TeamId,
}

/// A member belongs to a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberAdded {
    /// To which.
    pub team_id: TeamId,
    /// Who.
    pub user_id: UserId,
    /// In what role.
    pub role: TeamRole,
}

/// A member of a team has another role in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberRoleChanged {
    /// In which.
    pub team_id: TeamId,
    /// Who.
    pub user_id: UserId,
    /// From now on.
    pub role: TeamRole,
}

/// A member does not belong to a team any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberRemoved {
    /// To which.
    pub team_id: TeamId,
    /// Who.
    pub user_id: UserId,
}

/// A member has a further role somewhere in the organization. Granting anew replaces the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGranted {
    /// Who.
    pub user_id: UserId,
    /// Which.
    pub role: ScopedRole,
    /// Where.
    pub scope: RoleScope,
    /// When it ends, in microseconds since 1970; absent for never.
    pub expires_at_us: Option<i64>,
}

/// A member does not have a further role any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRevoked {
    /// Who.
    pub user_id: UserId,
    /// Which.
    pub role: ScopedRole,
    /// Where.
    pub scope: RoleScope,
}

/// A program can act in the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountCreated {
    /// Which.
    pub service_account_id: ServiceAccountId,
    /// What it is called.
    pub name: ContentRef,
    /// Permissions it is narrowed to.
    pub scopes: Vec<String>,
}

/// A service account has another secret; the former one works a little longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountRotated {
    /// Which.
    pub service_account_id: ServiceAccountId,
    /// For how long the former secret still works.
    pub grace_seconds: u32,
}

/// A service account does not work any more, whatever its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountRevoked {
    /// Which.
    pub service_account_id: ServiceAccountId,
}
