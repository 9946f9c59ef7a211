//! How facts change an organization. What contradicts what was before cannot have happened: the last owner going who
//! was not erased, a team's member who is none of the organization's.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Created, Departure, Invitation, InvitationAccepted, InvitationErased, InvitationSent,
    InvitationStatus, MemberRemoved, MemberRoleChanged, OrganizationEvent, OrganizationState,
    RoleGranted, Running, ServiceAccount, ServiceAccountCreated, Team, TeamCreated,
    TeamMemberAdded, TeamMemberRoleChanged, TeamRenamed,
};
use crate::kernel::{Event as _, ImpossibleTransition, InvitationId, ServiceAccountId};

/// Applies one fact.
pub(super) fn evolve(
    state: OrganizationState,
    event: &OrganizationEvent,
) -> Result<OrganizationState, ImpossibleTransition> {
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    let next = match state {
        OrganizationState::Absent => created(event).map(Box::new),
        OrganizationState::Running(mut running) => happened(&mut running, event).then_some(running),
    };
    next.map(OrganizationState::Running).ok_or(impossible)
}

fn created(event: &OrganizationEvent) -> Option<Running> {
    let OrganizationEvent::Created(Created {
        organization_id,
        slug,
        name,
    }) = event
    else {
        return None;
    };
    Some(Running {
        organization_id: *organization_id,
        slug: slug.clone(),
        name: name.clone(),
        members: BTreeMap::new(),
        invitations: BTreeMap::new(),
        teams: BTreeMap::new(),
        role_grants: BTreeMap::new(),
        service_accounts: BTreeMap::new(),
    })
}

/// Whether that can have happened.
fn happened(running: &mut Running, event: &OrganizationEvent) -> bool {
    match event {
        OrganizationEvent::Created(_) => false,
        OrganizationEvent::Updated(e) => {
            running.name = e.name.clone();
            true
        }
        OrganizationEvent::MemberAdded(e) => running.members.insert(e.user_id, e.role).is_none(),
        OrganizationEvent::MemberRoleChanged(e) => member_role_changed(running, e),
        OrganizationEvent::MemberRemoved(e) => member_removed(running, e),
        OrganizationEvent::InvitationSent(e) => invitation_sent(running, e),
        OrganizationEvent::InvitationAccepted(e) => invitation_accepted(running, e),
        OrganizationEvent::InvitationCanceled(e) => {
            ended(running, e.invitation_id, InvitationStatus::Canceled)
        }
        OrganizationEvent::InvitationErased(e) => invitation_erased(running, e),
        OrganizationEvent::TeamCreated(e) => team_created(running, e),
        OrganizationEvent::TeamRenamed(e) => team_renamed(running, e),
        OrganizationEvent::TeamDeleted(e) => running.teams.remove(&e.team_id).is_some(),
        OrganizationEvent::TeamMemberAdded(e) => team_member_added(running, e),
        OrganizationEvent::TeamMemberRoleChanged(e) => team_member_role_changed(running, e),
        OrganizationEvent::TeamMemberRemoved(e) => {
            let team = running.teams.get_mut(&e.team_id);
            team.is_some_and(|team| team.members.remove(&e.user_id).is_some())
        }
        OrganizationEvent::RoleGranted(e) => role_granted(running, e),
        OrganizationEvent::RoleRevoked(e) => {
            let grant = (e.user_id, e.role, e.scope);
            running.role_grants.remove(&grant).is_some()
        }
        OrganizationEvent::ServiceAccountCreated(e) => service_account_created(running, e),
        OrganizationEvent::ServiceAccountRotated(e) => {
            live(running, e.service_account_id).is_some()
        }
        OrganizationEvent::ServiceAccountRevoked(e) => {
            let account = live(running, e.service_account_id);
            account.map(|account| account.is_live = false).is_some()
        }
    }
}

fn member_role_changed(running: &mut Running, e: &MemberRoleChanged) -> bool {
    let is_last = running.is_last_owner(e.user_id, &BTreeSet::new());
    let former = running.members.insert(e.user_id, e.to);
    former == Some(e.from) && e.from != e.to && !is_last
}

/// With membership go the teams and the further roles. The last owner goes by an erasure only.
fn member_removed(running: &mut Running, e: &MemberRemoved) -> bool {
    let user = e.user_id;
    let must_stay =
        e.departure != Departure::Erased && running.is_last_owner(user, &BTreeSet::new());
    for team in running.teams.values_mut() {
        team.members.remove(&user);
    }
    running
        .role_grants
        .retain(|(subject, _, _), _| *subject != user);
    running.members.remove(&user).is_some() && !must_stay
}

fn invitation_sent(running: &mut Running, e: &InvitationSent) -> bool {
    let invitation = Invitation {
        email: Some(e.email.clone()),
        role: e.role,
        team_id: e.team_id,
        expires_at_us: e.expires_at_us,
        status: InvitationStatus::Pending,
    };
    let former = running.invitations.insert(e.invitation_id, invitation);
    former.is_none()
}

fn invitation_accepted(running: &mut Running, e: &InvitationAccepted) -> bool {
    let accepted = InvitationStatus::Accepted(e.user_id);
    running.members.contains_key(&e.user_id) && ended(running, e.invitation_id, accepted)
}

/// An invitation ends once.
fn ended(running: &mut Running, id: InvitationId, status: InvitationStatus) -> bool {
    let Some(invitation) = running.invitations.get_mut(&id) else {
        return false;
    };
    let former = std::mem::replace(&mut invitation.status, status);
    former == InvitationStatus::Pending
}

/// Nobody can be shown to be the addressee any more, so what was pending is as good as taken back.
fn invitation_erased(running: &mut Running, e: &InvitationErased) -> bool {
    let Some(invitation) = running.invitations.get_mut(&e.invitation_id) else {
        return false;
    };
    if invitation.status == InvitationStatus::Pending {
        invitation.status = InvitationStatus::Canceled;
    }
    invitation.email.take().as_ref() == Some(&e.email)
}

fn team_created(running: &mut Running, e: &TeamCreated) -> bool {
    let is_free = running.team_by_slug(&e.slug).is_none();
    let team = Team {
        slug: e.slug.clone(),
        name: e.name.clone(),
        members: BTreeMap::new(),
    };
    running.teams.insert(e.team_id, team).is_none() && is_free
}

fn team_renamed(running: &mut Running, e: &TeamRenamed) -> bool {
    let holder = running.team_by_slug(&e.slug);
    let is_free = holder.is_none_or(|holder| holder == e.team_id);
    let Some(team) = running.teams.get_mut(&e.team_id) else {
        return false;
    };
    team.slug.clone_from(&e.slug);
    team.name = e.name.clone();
    is_free
}

fn team_member_added(running: &mut Running, e: &TeamMemberAdded) -> bool {
    let is_member = running.members.contains_key(&e.user_id);
    let team = running.teams.get_mut(&e.team_id);
    is_member && team.is_some_and(|team| team.members.insert(e.user_id, e.role).is_none())
}

fn team_member_role_changed(running: &mut Running, e: &TeamMemberRoleChanged) -> bool {
    let team = running.teams.get_mut(&e.team_id);
    let former = team.and_then(|team| team.members.insert(e.user_id, e.role));
    former.is_some_and(|former| former != e.role)
}

fn role_granted(running: &mut Running, e: &RoleGranted) -> bool {
    let grant = (e.user_id, e.role, e.scope);
    let former = running.role_grants.insert(grant, e.expires_at_us);
    running.members.contains_key(&e.user_id) && former != Some(e.expires_at_us)
}

fn service_account_created(running: &mut Running, e: &ServiceAccountCreated) -> bool {
    let account = ServiceAccount {
        name: e.name.clone(),
        scopes: e.scopes.clone(),
        is_live: true,
    };
    let accounts = &mut running.service_accounts;
    accounts.insert(e.service_account_id, account).is_none()
}

fn live(running: &mut Running, id: ServiceAccountId) -> Option<&mut ServiceAccount> {
    let account = running.service_accounts.get_mut(&id);
    account.filter(|account| account.is_live)
}
