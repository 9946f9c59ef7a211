//! Events and commands for tests, each taking only what the test is about.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::instance::Slug;
use crate::kernel::testing::{Given, given};
use crate::kernel::{ContentRef, InvitationId, ServiceAccountId, TeamId, TenantId, UserId};

pub(super) const MEMBER: OrganizationRole = OrganizationRole::Member;
pub(super) const ADMIN: OrganizationRole = OrganizationRole::Admin;
pub(super) const OWNER: OrganizationRole = OrganizationRole::Owner;

/// When an invitation of [`invited`] ends.
pub(super) const END: i64 = 1_000;
/// Before that.
pub(super) const NOW: i64 = 500;

pub(super) fn content(number: u128) -> ContentRef {
    ContentRef {
        id: Uuid::from_u128(number),
        digest: "22".repeat(32),
        size: 9,
    }
}

pub(super) fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

pub(super) fn team(number: u128) -> TeamId {
    TeamId(Uuid::from_u128(number))
}

pub(super) fn invitation(number: u128) -> InvitationId {
    InvitationId(Uuid::from_u128(number))
}

pub(super) fn account(number: u128) -> ServiceAccountId {
    ServiceAccountId(Uuid::from_u128(number))
}

pub(super) fn create(number: u128) -> OrganizationCommand {
    OrganizationCommand::Create {
        organization_id: TenantId::new(Uuid::from_u128(number)),
        slug: "acme".to_owned(),
        name: content(1),
    }
}

pub(super) fn created() -> OrganizationEvent {
    Created {
        organization_id: TenantId::new(Uuid::from_u128(1)),
        slug: "acme".to_owned(),
        name: content(1),
    }
    .into()
}

pub(super) fn added(number: u128, role: OrganizationRole) -> OrganizationEvent {
    MemberAdded {
        user_id: user(number),
        role,
        invitation_id: None,
    }
    .into()
}

/// An organization that user 1 owns, with this further history.
pub(super) fn owned<const N: usize>(history: [OrganizationEvent; N]) -> Given<Organization> {
    given([created(), added(1, OWNER)].into_iter().chain(history))
}

pub(super) fn change_role(number: u128, to: OrganizationRole) -> OrganizationCommand {
    change_role_by(OWNER, number, to)
}

pub(super) fn change_role_by(
    by: OrganizationRole,
    number: u128,
    to: OrganizationRole,
) -> OrganizationCommand {
    OrganizationCommand::ChangeMemberRole(ChangeMemberRole {
        user_id: user(number),
        to,
        by,
        gone: BTreeSet::new(),
    })
}

pub(super) fn role_changed(
    number: u128,
    from: OrganizationRole,
    to: OrganizationRole,
) -> OrganizationEvent {
    let user_id = user(number);
    MemberRoleChanged { user_id, from, to }.into()
}

pub(super) fn remove(number: u128) -> OrganizationCommand {
    remove_by(OWNER, number)
}

pub(super) fn remove_by(by: OrganizationRole, number: u128) -> OrganizationCommand {
    OrganizationCommand::RemoveMember(RemoveMember {
        user_id: user(number),
        departure: Departure::Removed,
        by,
        gone: BTreeSet::new(),
    })
}

pub(super) fn removed(number: u128) -> OrganizationEvent {
    MemberRemoved {
        user_id: user(number),
        departure: Departure::Removed,
    }
    .into()
}

/// An invitation by an owner, to a stranger, without a team.
pub(super) fn invite(number: u128) -> Invite {
    Invite {
        invitation_id: invitation(number),
        email: content(5),
        is_member: false,
        role: ADMIN,
        team_id: None,
        expires_at_us: END,
        by: OWNER,
        now_us: NOW,
    }
}

pub(super) fn invited(number: u128) -> OrganizationEvent {
    invited_to(number, None)
}

pub(super) fn invited_to(number: u128, team_id: Option<TeamId>) -> OrganizationEvent {
    InvitationSent {
        invitation_id: invitation(number),
        email: content(5),
        role: ADMIN,
        team_id,
        expires_at_us: END,
    }
    .into()
}

/// The addressee follows it in time.
pub(super) fn accept(number: u128, by: u128) -> AcceptInvitation {
    AcceptInvitation {
        invitation_id: invitation(number),
        user_id: user(by),
        is_addressee: true,
        now_us: NOW,
    }
}

pub(super) fn followed(number: u128, by: u128) -> OrganizationEvent {
    MemberAdded {
        user_id: user(by),
        role: ADMIN,
        invitation_id: Some(invitation(number)),
    }
    .into()
}

pub(super) fn accepted(number: u128, by: u128) -> OrganizationEvent {
    InvitationAccepted {
        invitation_id: invitation(number),
        user_id: user(by),
    }
    .into()
}

pub(super) fn canceled(number: u128) -> OrganizationEvent {
    let invitation_id = invitation(number);
    InvitationCanceled { invitation_id }.into()
}

pub(super) fn erased(number: u128) -> OrganizationEvent {
    InvitationErased {
        invitation_id: invitation(number),
        email: content(5),
    }
    .into()
}

pub(super) fn create_team(number: u128, slug: &str) -> OrganizationCommand {
    OrganizationCommand::CreateTeam {
        team_id: team(number),
        slug: Slug::parse(slug).unwrap(),
        name: content(6),
    }
}

pub(super) fn team_created(number: u128, slug: &str) -> OrganizationEvent {
    TeamCreated {
        team_id: team(number),
        slug: slug.to_owned(),
        name: content(6),
    }
    .into()
}

pub(super) fn rename_team(number: u128, slug: &str, name: u128) -> OrganizationCommand {
    OrganizationCommand::RenameTeam {
        team_id: team(number),
        slug: Slug::parse(slug).unwrap(),
        name: content(name),
    }
}

pub(super) fn team_renamed(number: u128, slug: &str, name: u128) -> OrganizationEvent {
    TeamRenamed {
        team_id: team(number),
        slug: slug.to_owned(),
        name: content(name),
    }
    .into()
}

pub(super) fn delete_team(number: u128, owns_projects: u64) -> OrganizationCommand {
    OrganizationCommand::DeleteTeam {
        team_id: team(number),
        owns_projects,
    }
}

pub(super) fn team_deleted(number: u128) -> OrganizationEvent {
    let team_id = team(number);
    TeamDeleted { team_id }.into()
}

pub(super) fn add_to_team(number: u128, who: u128, role: TeamRole) -> OrganizationCommand {
    OrganizationCommand::AddTeamMember {
        team_id: team(number),
        user_id: user(who),
        role,
    }
}

pub(super) fn team_member_added(number: u128, who: u128, role: TeamRole) -> OrganizationEvent {
    TeamMemberAdded {
        team_id: team(number),
        user_id: user(who),
        role,
    }
    .into()
}

pub(super) fn change_in_team(number: u128, who: u128, role: TeamRole) -> OrganizationCommand {
    OrganizationCommand::ChangeTeamMemberRole {
        team_id: team(number),
        user_id: user(who),
        role,
    }
}

pub(super) fn team_role_changed(number: u128, who: u128, role: TeamRole) -> OrganizationEvent {
    TeamMemberRoleChanged {
        team_id: team(number),
        user_id: user(who),
        role,
    }
    .into()
}

pub(super) fn remove_from_team(number: u128, who: u128) -> OrganizationCommand {
    OrganizationCommand::RemoveTeamMember {
        team_id: team(number),
        user_id: user(who),
    }
}

pub(super) fn team_member_removed(number: u128, who: u128) -> OrganizationEvent {
    TeamMemberRemoved {
        team_id: team(number),
        user_id: user(who),
    }
    .into()
}

/// Everywhere in the organization.
pub(super) fn everywhere() -> RoleScope {
    scope(RoleScopeLevel::Organization, 1)
}

pub(super) fn scope(level: RoleScopeLevel, number: u128) -> RoleScope {
    RoleScope {
        level,
        record_id: Uuid::from_u128(number),
    }
}

pub(super) fn grant(
    who: u128,
    scope: RoleScope,
    expires_at_us: Option<i64>,
) -> OrganizationCommand {
    OrganizationCommand::GrantRole {
        user_id: user(who),
        role: ScopedRole::Developer,
        scope,
        is_project_there: true,
        expires_at_us,
        now_us: NOW,
    }
}

pub(super) fn granted(
    who: u128,
    scope: RoleScope,
    expires_at_us: Option<i64>,
) -> OrganizationEvent {
    RoleGranted {
        user_id: user(who),
        role: ScopedRole::Developer,
        scope,
        expires_at_us,
    }
    .into()
}

pub(super) fn revoke(who: u128, scope: RoleScope) -> OrganizationCommand {
    OrganizationCommand::RevokeRole {
        user_id: user(who),
        role: ScopedRole::Developer,
        scope,
    }
}

pub(super) fn revoked(who: u128, scope: RoleScope) -> OrganizationEvent {
    RoleRevoked {
        user_id: user(who),
        role: ScopedRole::Developer,
        scope,
    }
    .into()
}

pub(super) fn create_account(number: u128) -> OrganizationCommand {
    OrganizationCommand::CreateServiceAccount {
        service_account_id: account(number),
        name: content(7),
        scopes: vec!["run.read".to_owned()],
    }
}

pub(super) fn account_created(number: u128) -> OrganizationEvent {
    ServiceAccountCreated {
        service_account_id: account(number),
        name: content(7),
        scopes: vec!["run.read".to_owned()],
    }
    .into()
}

pub(super) fn rotate_account(number: u128) -> OrganizationCommand {
    OrganizationCommand::RotateServiceAccount {
        service_account_id: account(number),
        grace_seconds: 900,
    }
}

pub(super) fn account_rotated(number: u128) -> OrganizationEvent {
    ServiceAccountRotated {
        service_account_id: account(number),
        grace_seconds: 900,
    }
    .into()
}

pub(super) fn account_revoked(number: u128) -> OrganizationEvent {
    let service_account_id = account(number);
    ServiceAccountRevoked { service_account_id }.into()
}
