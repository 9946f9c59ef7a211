//! How somebody comes to an organization: invited by e-mail, once.

#[cfg(test)]
mod tests;

use super::Decision;
use super::members::must_be_owner;
use crate::kernel::InvitationId;
use crate::organization::{
    AcceptInvitation, INVITATIONS_MAX, Invitation, InvitationAccepted, InvitationCanceled,
    InvitationErased, InvitationSent, InvitationStatus, Invite, MemberAdded, OrganizationRole,
    Rejection, Running, TeamMemberAdded, TeamRole,
};

/// An id is minted once: seen again, it is the same request again.
pub(super) fn invite(running: &Running, command: Invite) -> Decision {
    let invitation_id = command.invitation_id;
    if running.invitations.contains_key(&invitation_id) {
        return Ok(Vec::new());
    }
    if command.role == OrganizationRole::Owner {
        must_be_owner(command.by)?;
    }
    if command.is_member {
        return Err(Rejection::AlreadyMember);
    }
    let is_there = |team| running.teams.contains_key(&team);
    if !command.team_id.is_none_or(is_there) {
        return Err(Rejection::TeamNotFound);
    }
    if running.open_invitations(command.now_us).count() >= INVITATIONS_MAX {
        return Err(Rejection::InvitationLimit);
    }
    let sent = InvitationSent {
        invitation_id,
        email: command.email,
        role: command.role,
        team_id: command.team_id,
        expires_at_us: command.expires_at_us,
    };
    Ok(vec![sent.into()])
}

/// Who is a member already keeps their role; a team that is no more is passed over. Following it again is nothing as long
/// as the membership lasts; it brings nobody back whose membership ended.
pub(super) fn accept(running: &Running, command: AcceptInvitation) -> Decision {
    let AcceptInvitation {
        invitation_id,
        user_id,
        ..
    } = command;
    let invitation = found(running, invitation_id)?;
    if invitation.status == InvitationStatus::Accepted(user_id) {
        let is_member = running.role_of(user_id).is_some();
        let nothing = is_member.then(Vec::new);
        return nothing.ok_or(Rejection::InvitationAccepted);
    }
    must_be_open(invitation, command)?;
    let mut events = Vec::new();
    if running.role_of(user_id).is_none() {
        let added = MemberAdded {
            user_id,
            role: invitation.role,
            invitation_id: Some(invitation_id),
        };
        events.push(added.into());
    }
    let accepted = InvitationAccepted {
        invitation_id,
        user_id,
    };
    events.push(accepted.into());
    if let Some(team_id) = invitation.team_id
        && let Some(team) = running.teams.get(&team_id)
        && !team.members.contains_key(&user_id)
    {
        let role = TeamRole::Member;
        let added = TeamMemberAdded {
            team_id,
            user_id,
            role,
        };
        events.push(added.into());
    }
    Ok(events)
}

/// Whom it did not go to learns nothing of what became of it.
fn must_be_open(invitation: &Invitation, command: AcceptInvitation) -> Result<(), Rejection> {
    if !command.is_addressee {
        return Err(Rejection::InvitationOtherAddressee);
    }
    match invitation.status {
        InvitationStatus::Accepted(_) => Err(Rejection::InvitationAccepted),
        InvitationStatus::Canceled => Err(Rejection::InvitationCanceled),
        InvitationStatus::Pending if invitation.is_open(command.now_us) => Ok(()),
        InvitationStatus::Pending => Err(Rejection::InvitationExpired),
    }
}

pub(super) fn cancel(running: &Running, invitation_id: InvitationId) -> Decision {
    match found(running, invitation_id)?.status {
        InvitationStatus::Accepted(_) => Err(Rejection::InvitationAccepted),
        InvitationStatus::Canceled => Ok(Vec::new()),
        InvitationStatus::Pending => Ok(vec![InvitationCanceled { invitation_id }.into()]),
    }
}

pub(super) fn erase(running: &Running, invitation_id: InvitationId) -> Decision {
    let email = found(running, invitation_id)?.email.clone();
    let erased = email.map(|email| InvitationErased {
        invitation_id,
        email,
    });
    Ok(erased.into_iter().map(Into::into).collect())
}

fn found(running: &Running, id: InvitationId) -> Result<&Invitation, Rejection> {
    let invitation = running.invitations.get(&id);
    invitation.ok_or(Rejection::InvitationNotFound)
}
