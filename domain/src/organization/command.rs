//! What may be asked of an organization.

use std::collections::BTreeSet;

use super::{Departure, OrganizationRole, RoleScope, ScopedRole, TeamRole};
use crate::instance::Slug;
use crate::kernel::{ContentRef, InvitationId, ServiceAccountId, TeamId, TenantId, UserId};

/// A command to one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationCommand {
    /// Come to be; nothing happens the second time.
    Create {
        /// Which.
        organization_id: TenantId,
        /// Unique on the instance.
        slug: String,
        /// What it is called.
        name: ContentRef,
    },
    /// Be called otherwise.
    Rename(ContentRef),
    /// Belong to it without an invitation: the first owner. Nothing happens when there is an owner.
    AddFirstOwner(UserId),
    /// See [`ChangeMemberRole`].
    ChangeMemberRole(ChangeMemberRole),
    /// See [`RemoveMember`].
    RemoveMember(RemoveMember),
    /// See [`Invite`].
    Invite(Invite),
    /// See [`AcceptInvitation`].
    AcceptInvitation(AcceptInvitation),
    /// Take an invitation back.
    CancelInvitation(InvitationId),
    /// Let the address of an invitation go, whatever became of it.
    EraseInvitation(InvitationId),
    /// Let members work together as a team.
    CreateTeam {
        /// Which.
        team_id: TeamId,
        /// Unique in the organization.
        slug: Slug,
        /// What it is called.
        name: ContentRef,
    },
    /// Let a team be called otherwise.
    RenameTeam {
        /// Which.
        team_id: TeamId,
        /// Unique in the organization.
        slug: Slug,
        /// What it is called.
        name: ContentRef,
    },
    /// Let a team be no more. `owns_projects` says how many projects it owns: then it stays.
    DeleteTeam {
        /// Which.
        team_id: TeamId,
        /// Projects on the team's level.
        owns_projects: u64,
    },
    /// Let a member belong to a team.
    AddTeamMember {
        /// To which.
        team_id: TeamId,
        /// Who.
        user_id: UserId,
        /// In what role.
        role: TeamRole,
    },
    /// Let a member of a team have another role in it.
    ChangeTeamMemberRole {
        /// In which.
        team_id: TeamId,
        /// Who.
        user_id: UserId,
        /// From now on.
        role: TeamRole,
    },
    /// Let a member not belong to a team any more.
    RemoveTeamMember {
        /// To which.
        team_id: TeamId,
        /// Who.
        user_id: UserId,
    },
    /// Give a member a further role. A grant that differs in its end replaces the former one.
    GrantRole {
        /// Who.
        user_id: UserId,
        /// Which.
        role: ScopedRole,
        /// Where.
        scope: RoleScope,
        /// Whether the organization has the project, if the scope is one.
        is_project_there: bool,
        /// When it ends, in microseconds since 1970.
        expires_at_us: Option<i64>,
        /// The present, in microseconds since 1970.
        now_us: i64,
    },
    /// Take a further role back; nothing happens when there is none.
    RevokeRole {
        /// Who.
        user_id: UserId,
        /// Which.
        role: ScopedRole,
        /// Where.
        scope: RoleScope,
    },
    /// Let a program act in the organization.
    CreateServiceAccount {
        /// Which.
        service_account_id: ServiceAccountId,
        /// What it is called.
        name: ContentRef,
        /// Permissions it is narrowed to.
        scopes: Vec<String>,
    },
    /// Give a service account another secret.
    RotateServiceAccount {
        /// Which.
        service_account_id: ServiceAccountId,
        /// For how long the former secret still works.
        grace_seconds: u32,
    },
    /// Let a service account stop working; nothing happens when it did.
    RevokeServiceAccount(ServiceAccountId),
}

/// Give a member another role. `by` is the role of who asks: only an owner makes or unmakes owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeMemberRole {
    /// Who.
    pub user_id: UserId,
    /// From now on.
    pub to: OrganizationRole,
    /// What who asks is in the organization; an owner for a bypass.
    pub by: OrganizationRole,
    /// Of this one and the owners, those who were erased: they count for nothing.
    pub gone: BTreeSet<UserId>,
}

/// Let somebody not belong to the organization any more. The last owner stays, unless there is nobody any more who
/// could stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveMember {
    /// Who.
    pub user_id: UserId,
    /// Why.
    pub departure: Departure,
    /// What who asks is in the organization; an owner for a bypass, and for who leaves.
    pub by: OrganizationRole,
    /// Of this one and the owners, those who were erased: they count for nothing.
    pub gone: BTreeSet<UserId>,
}

/// Invite somebody by e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Which.
    pub invitation_id: InvitationId,
    /// The address.
    pub email: ContentRef,
    /// Whether whoever has the address is a member already.
    pub is_member: bool,
    /// The role that comes with it.
    pub role: OrganizationRole,
    /// The team that comes with it.
    pub team_id: Option<TeamId>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: i64,
    /// What who asks is in the organization; an owner for a bypass.
    pub by: OrganizationRole,
    /// The present, in microseconds since 1970.
    pub now_us: i64,
}

/// Follow an invitation. Whoever holds the mailed secret and has the verified address may; that is checked
/// before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptInvitation {
    /// Which.
    pub invitation_id: InvitationId,
    /// Who.
    pub user_id: UserId,
    /// Whether the user's verified address is the one invited.
    pub is_addressee: bool,
    /// The present, in microseconds since 1970.
    pub now_us: i64,
}
