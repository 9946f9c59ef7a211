//! Names under which the events of an organization are found by decisions about authority.

use super::OrganizationEvent;
use crate::authority::{authority_tag, every_authority_tag, service_authority_tag, team_tag};
use crate::kernel::{InvalidId, ServiceAccountId, Tag};

/// Tags of an event: whose authority it changes. Events that change nobody's carry none.
pub fn tags_of(event: &OrganizationEvent) -> Result<Vec<Tag>, InvalidId> {
    let (user, team) = match event {
        OrganizationEvent::Created(_)
        | OrganizationEvent::Updated(_)
        | OrganizationEvent::InvitationSent(_)
        | OrganizationEvent::InvitationAccepted(_)
        | OrganizationEvent::InvitationCanceled(_)
        | OrganizationEvent::InvitationErased(_)
        | OrganizationEvent::TeamRenamed(_) => return Ok(Vec::new()),
        OrganizationEvent::MemberAdded(e) => (Some(e.user_id), None),
        OrganizationEvent::MemberRoleChanged(e) => (Some(e.user_id), None),
        OrganizationEvent::MemberRemoved(e) => (Some(e.user_id), None),
        OrganizationEvent::TeamCreated(e) => (None, Some(e.team_id)),
        OrganizationEvent::TeamDeleted(e) => (None, Some(e.team_id)),
        OrganizationEvent::TeamMemberAdded(e) => (Some(e.user_id), Some(e.team_id)),
        OrganizationEvent::TeamMemberRoleChanged(e) => (Some(e.user_id), Some(e.team_id)),
        OrganizationEvent::TeamMemberRemoved(e) => (Some(e.user_id), Some(e.team_id)),
        OrganizationEvent::RoleGranted(e) => (Some(e.user_id), None),
        OrganizationEvent::RoleRevoked(e) => (Some(e.user_id), None),
        OrganizationEvent::ServiceAccountCreated(e) => return service(e.service_account_id),
        OrganizationEvent::ServiceAccountRotated(e) => return service(e.service_account_id),
        OrganizationEvent::ServiceAccountRevoked(e) => return service(e.service_account_id),
    };
    let mut tags = vec![every_authority_tag()?];
    tags.extend(user.map(authority_tag).transpose()?);
    tags.extend(team.map(team_tag).transpose()?);
    Ok(tags)
}

fn service(id: ServiceAccountId) -> Result<Vec<Tag>, InvalidId> {
    Ok(vec![every_authority_tag()?, service_authority_tag(id)?])
}
