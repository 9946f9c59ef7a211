//! Who belongs to an organization. There is always an owner, and only owners decide about owners.

use std::collections::BTreeSet;

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

/// Who was erased is nobody: no role is theirs any more.
pub(super) fn change_role(running: &Running, command: ChangeMemberRole) -> Decision {
    let ChangeMemberRole {
        user_id,
        to,
        by,
        gone,
    } = command;
    let living = running
        .role_of(user_id)
        .filter(|_| !gone.contains(&user_id));
    let from = living.ok_or(Rejection::MemberNotFound)?;
    if from == to {
        return Ok(Vec::new());
    }
    if from == OrganizationRole::Owner || to == OrganizationRole::Owner {
        must_be_owner(by)?;
    }
    must_not_be_last(running, user_id, &gone)?;
    Ok(vec![MemberRoleChanged { user_id, from, to }.into()])
}

/// Who is erased may be on their way out already, when the erasure is asked for again. Whoever was erased goes,
/// whoever asks, and be it the last owner: what is left behind is nobody's.
pub(super) fn remove(running: &Running, command: RemoveMember) -> Decision {
    let RemoveMember {
        user_id,
        departure,
        by,
        gone,
    } = command;
    let Some(role) = running.role_of(user_id) else {
        return match departure {
            Departure::Erased => Ok(Vec::new()),
            Departure::Removed | Departure::Left => Err(Rejection::MemberNotFound),
        };
    };
    if gone.contains(&user_id) {
        let departure = Departure::Erased;
        return Ok(vec![MemberRemoved { user_id, departure }.into()]);
    }
    if role == OrganizationRole::Owner {
        must_be_owner(by)?;
    }
    must_not_be_last(running, user_id, &gone)?;
    Ok(vec![MemberRemoved { user_id, departure }.into()])
}

pub(super) fn must_be_owner(by: OrganizationRole) -> Result<(), Rejection> {
    match by {
        OrganizationRole::Owner => Ok(()),
        OrganizationRole::Member | OrganizationRole::Admin => Err(Rejection::OwnerRequired),
    }
}

fn must_not_be_last(
    running: &Running,
    user_id: UserId,
    gone: &BTreeSet<UserId>,
) -> Result<(), Rejection> {
    if running.is_last_owner(user_id, gone) {
        return Err(Rejection::LastOwner);
    }
    Ok(())
}
