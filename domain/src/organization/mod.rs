//! An organization: who belongs to it, in what role, in which teams, and which programs act in it.
//!
//! One stream in the organization's own ledger, because its rules look at all of it: the last owner stays, a
//! team's members are members, an invitation is followed once. Whoever is removed loses team memberships and
//! further roles with the same event; what they were granted on projects and resources is revoked in the same
//! append (`commands`). Source: spec/workspace.md 1.1, 1.5, 1.7.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod laws;
mod rejection;
mod role;
#[cfg(test)]
mod samples;
mod state;
mod tags;
#[cfg(test)]
mod tests;

pub use command::{AcceptInvitation, ChangeMemberRole, Invite, OrganizationCommand, RemoveMember};
pub use event::{
    Created, InvitationAccepted, InvitationCanceled, InvitationErased, InvitationSent, MemberAdded,
    MemberRemoved, MemberRoleChanged, OrganizationEvent, RoleGranted, RoleRevoked,
    ServiceAccountCreated, ServiceAccountRevoked, ServiceAccountRotated, TeamCreated, TeamDeleted,
    TeamMemberAdded, TeamMemberRemoved, TeamMemberRoleChanged, TeamRenamed, Updated,
};
pub use rejection::Rejection;
pub use role::{Departure, OrganizationRole, RoleScope, RoleScopeLevel, ScopedRole, TeamRole};
pub use state::{Invitation, InvitationStatus, OrganizationState, Running, ServiceAccount, Team};
pub use tags::tags_of;

use crate::kernel::{Decider, ImpossibleTransition};

/// Most teams of one organization. Source: spec/workspace.md 1.1.
pub const TEAMS_MAX: usize = 50;
/// Most pending invitations of one organization.
pub const INVITATIONS_MAX: usize = 1_000;
/// Most live service accounts of one organization.
pub const SERVICE_ACCOUNTS_MAX: usize = 100;
/// Second half of the one stream's name.
pub const SELF: &str = "self";

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum Organization {}

impl Decider for Organization {
    const CATEGORY: &'static str = "organization";
    type Command = OrganizationCommand;
    type Event = OrganizationEvent;
    type State = OrganizationState;
    type Rejection = Rejection;

    fn decide(
        state: &OrganizationState,
        command: OrganizationCommand,
    ) -> Result<Vec<OrganizationEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: OrganizationState,
        event: &OrganizationEvent,
    ) -> Result<OrganizationState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
