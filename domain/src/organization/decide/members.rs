//! Who belongs to an organization. There is always an owner, and only owners decide about owners.

use super::Decision;
use crate::kernel::UserId;
use crate::organization::{
    ChangeMemberRole, Departure, MemberAdded, MemberRemoved, MemberRoleChanged, OrganizationEvent,
    OrganizationRole, Rejection, RemoveMember, Running,
};

/// Somebody can have followed an invitation before there was an owner: then they become it.
pub(super) fn add_first_owner(running: &Running, user_id: UserId) -> Vec<OrganizationEvent> {
    if running.owners().next().is_some() {
        return Vec::new();
    }
    let to = OrganizationRole::Owner;
    let event = match running.role_of(user_id) {
        Some(from) => MemberRoleChanged { user_id, from, to }.into(),
        None => MemberAdded {
            user_id,
            role: to,
            invitation_id: None,
        }
        .into(),
    };
    vec![event]
}

pub(super) fn change_role(running: &Running, command: ChangeMemberRole) -> Decision {
    let ChangeMemberRole { user_id, to, by } = command;
    let from = running.role_of(user_id).ok_or(Rejection::MemberNotFound)?;
    if from == to {
        return Ok(Vec::new());
    }
    if from == OrganizationRole::Owner || to == OrganizationRole::Owner {
        must_be_owner(by)?;
    }
    must_not_be_last(running, user_id)?;
    Ok(vec![MemberRoleChanged { user_id, from, to }.into()])
}

/// Who is erased may be on their way out already, when the erasure is asked for again.
pub(super) fn remove(running: &Running, command: RemoveMember) -> Decision {
    let user_id = command.user_id;
    let Some(role) = running.role_of(user_id) else {
        return match command.departure {
            Departure::Erased => Ok(Vec::new()),
            Departure::Removed | Departure::Left => Err(Rejection::MemberNotFound),
        };
    };
    if role == OrganizationRole::Owner {
        must_be_owner(command.by)?;
    }
    must_not_be_last(running, user_id)?;
    let departure = command.departure;
    Ok(vec![MemberRemoved { user_id, departure }.into()])
}

pub(super) fn must_be_owner(by: OrganizationRole) -> Result<(), Rejection> {
    match by {
        OrganizationRole::Owner => Ok(()),
        OrganizationRole::Member | OrganizationRole::Admin => Err(Rejection::OwnerRequired),
    }
}

fn must_not_be_last(running: &Running, user_id: UserId) -> Result<(), Rejection> {
    if running.is_last_owner(user_id) {
        return Err(Rejection::LastOwner);
    }
    Ok(())
}
