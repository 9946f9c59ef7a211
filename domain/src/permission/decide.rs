//! The rules.

use super::{
    CO_OWNERS_MAX, CoOwnerGranted, CoOwnerRevoked, Deleted, GrantCoOwner, PermissionCommand,
    PermissionEvent, PermissionState, Policy, PolicyCleared, PolicySet, Rejection, Resource,
    Sharing,
};
use crate::kernel::UserId;

pub(super) fn decide(
    state: &PermissionState,
    command: PermissionCommand,
) -> Result<Vec<PermissionEvent>, Rejection> {
    let sharing = match state {
        PermissionState::Absent => &Sharing::default(),
        PermissionState::Sharing(sharing) => sharing,
    };
    match command {
        PermissionCommand::GrantCoOwner(command) => grant_co_owner(sharing, command),
        PermissionCommand::RevokeCoOwner { resource, user_id } => {
            Ok(revoke_co_owner(sharing, resource, user_id))
        }
        PermissionCommand::SetPolicy { resource, policy } => {
            Ok(set_policy(sharing, resource, policy))
        }
        PermissionCommand::ClearPolicy { resource } => Ok(clear_policy(sharing, resource)),
        PermissionCommand::Delete { resource } => Ok(delete(sharing, resource)),
    }
}

/// The owner is never a row, whoever asks; whoever is one already stays one, however full it is.
fn grant_co_owner(
    sharing: &Sharing,
    command: GrantCoOwner,
) -> Result<Vec<PermissionEvent>, Rejection> {
    if command.is_owner {
        return Err(Rejection::OwnerImplicit);
    }
    if !command.is_member {
        return Err(Rejection::MemberNotFound);
    }
    if sharing.co_owners.contains(&command.user_id) {
        return Ok(Vec::new());
    }
    if sharing.co_owners.len() >= CO_OWNERS_MAX {
        return Err(Rejection::CoOwnerLimit);
    }
    let granted = CoOwnerGranted {
        resource: command.resource,
        user_id: command.user_id,
    };
    Ok(vec![granted.into()])
}

/// The last one may go too: the owner remains.
fn revoke_co_owner(sharing: &Sharing, resource: Resource, user_id: UserId) -> Vec<PermissionEvent> {
    if !sharing.co_owners.contains(&user_id) {
        return Vec::new();
    }
    vec![CoOwnerRevoked { resource, user_id }.into()]
}

fn set_policy(sharing: &Sharing, resource: Resource, policy: Policy) -> Vec<PermissionEvent> {
    if sharing.policy == Some(policy) {
        return Vec::new();
    }
    vec![PolicySet { resource, policy }.into()]
}

fn clear_policy(sharing: &Sharing, resource: Resource) -> Vec<PermissionEvent> {
    if sharing.policy.is_none() {
        return Vec::new();
    }
    vec![PolicyCleared { resource }.into()]
}

fn delete(sharing: &Sharing, resource: Resource) -> Vec<PermissionEvent> {
    if sharing.is_empty() {
        return Vec::new();
    }
    vec![Deleted { resource }.into()]
}
