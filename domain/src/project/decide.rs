//! The rules. Source: spec/workspace.md 1.8, spec/runs.md 8.

use super::{
    ACCESS_MAX, AccessGranted, AccessRevoked, Archived, Created, GrantRole, Open, Owner, Principal,
    ProjectCommand, ProjectEvent, ProjectState, ProjectVisibility, Promoted, Rejection, Unarchived,
    Updated,
};
use crate::kernel::ContentRef;

type Decision = Result<Vec<ProjectEvent>, Rejection>;

pub(super) fn decide(state: &ProjectState, command: ProjectCommand) -> Decision {
    match command {
        ProjectCommand::Create {
            project_id,
            name,
            description,
            owner,
            visibility,
        } => {
            let created = Created {
                project_id,
                name,
                description,
                owner,
                visibility,
            };
            Ok(create(state, created))
        }
        ProjectCommand::Update {
            name,
            description,
            visibility,
        } => Ok(update(writable(state)?, name, description, visibility)),
        ProjectCommand::Promote(to) => promote(writable(state)?, to),
        ProjectCommand::Archive { reason } => Ok(archive(there(state)?, reason)),
        ProjectCommand::Unarchive { reason } => Ok(unarchive(there(state)?, reason)),
        ProjectCommand::GrantAccess {
            principal,
            role,
            is_known,
        } => grant_access(writable(state)?, principal, role, is_known),
        ProjectCommand::RevokeAccess { principal } => Ok(revoke_access(there(state)?, principal)),
    }
}

fn there(state: &ProjectState) -> Result<&Open, Rejection> {
    state.open().ok_or(Rejection::ProjectNotFound)
}

/// Archived, a project is only read; what it shares can still be taken back.
fn writable(state: &ProjectState) -> Result<&Open, Rejection> {
    let open = there(state)?;
    if open.is_archived {
        return Err(Rejection::ProjectArchived);
    }
    Ok(open)
}

/// An id is minted once: seen again, it is the same request again.
fn create(state: &ProjectState, created: Created) -> Vec<ProjectEvent> {
    match state {
        ProjectState::Absent => vec![created.into()],
        ProjectState::Open(_) => Vec::new(),
    }
}

/// Contents are salted, so the same text typed again is another content: only a repetition is nothing.
fn update(
    open: &Open,
    name: Option<ContentRef>,
    description: Option<ContentRef>,
    visibility: Option<ProjectVisibility>,
) -> Vec<ProjectEvent> {
    let before = Updated {
        name: open.name.clone(),
        description: open.description.clone(),
        visibility: open.visibility,
    };
    let after = Updated {
        name: name.unwrap_or_else(|| before.name.clone()),
        description: description.or_else(|| before.description.clone()),
        visibility: visibility.unwrap_or(before.visibility),
    };
    if before == after {
        return Vec::new();
    }
    vec![after.into()]
}

/// The ratchet. A new owner who had been given access does not need it any more: the owner is never a row.
fn promote(open: &Open, to: Owner) -> Decision {
    let from = open.owner;
    if from == to {
        return Ok(Vec::new());
    }
    let (level, target) = (from.level(), to.level());
    if level == target {
        return Err(Rejection::SidewaysMoveDenied { level });
    }
    if target < level {
        let (from, to) = (level, target);
        return Err(Rejection::RatchetViolation { from, to });
    }
    let row = to.principal().filter(|row| open.access.contains_key(row));
    let mut events = Vec::new();
    events.extend(row.map(|principal| AccessRevoked { principal }.into()));
    events.push(Promoted { from, to }.into());
    Ok(events)
}

fn archive(open: &Open, reason: Option<ContentRef>) -> Vec<ProjectEvent> {
    if open.is_archived {
        return Vec::new();
    }
    vec![Archived { reason }.into()]
}

fn unarchive(open: &Open, reason: Option<ContentRef>) -> Vec<ProjectEvent> {
    if !open.is_archived {
        return Vec::new();
    }
    vec![Unarchived { reason }.into()]
}

fn grant_access(open: &Open, principal: Principal, role: GrantRole, is_known: bool) -> Decision {
    if open.owner.principal() == Some(principal) {
        return Err(Rejection::OwnerImplicit);
    }
    if !is_known {
        return Err(Rejection::PrincipalNotFound);
    }
    let former = open.access.get(&principal);
    if former == Some(&role) {
        return Ok(Vec::new());
    }
    if former.is_none() && open.access.len() >= ACCESS_MAX {
        return Err(Rejection::AccessLimit);
    }
    Ok(vec![AccessGranted { principal, role }.into()])
}

fn revoke_access(open: &Open, principal: Principal) -> Vec<ProjectEvent> {
    if !open.access.contains_key(&principal) {
        return Vec::new();
    }
    vec![AccessRevoked { principal }.into()]
}
