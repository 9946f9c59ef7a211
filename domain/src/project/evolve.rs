//! What a project's history leads to.

use std::collections::BTreeMap;

use super::{Created, GrantRole, Owner, Principal, ProjectEvent, ProjectVisibility};
use crate::kernel::{ContentRef, Event as _, ImpossibleTransition, ProjectId};

/// One project of one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProjectState {
    /// It never came to be.
    #[default]
    Absent,
    /// It is there, archived or not.
    Open(Open),
}

/// A project that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub project_id: ProjectId,
    /// What it is called.
    pub name: ContentRef,
    /// What it is for.
    pub description: Option<ContentRef>,
    /// On which level, and whose. The level never falls.
    pub owner: Owner,
    /// Who finds it.
    pub visibility: ProjectVisibility,
    /// Whether nothing new comes into it.
    pub is_archived: bool,
    /// Who has access beside the owner, who is never among them.
    pub access: BTreeMap<Principal, GrantRole>,
}

impl ProjectState {
    /// The project, once it is there.
    pub fn open(&self) -> Option<&Open> {
        match self {
            Self::Absent => None,
            Self::Open(open) => Some(open),
        }
    }

    fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Open(open) if open.is_archived => "archived",
            Self::Open(_) => "open",
        }
    }
}

/// Applies one fact. That a level falls cannot have happened, whatever a stored event says.
pub(super) fn evolve(
    state: ProjectState,
    event: &ProjectEvent,
) -> Result<ProjectState, ImpossibleTransition> {
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    let next = match state {
        ProjectState::Absent => created(event),
        ProjectState::Open(mut open) => happened(&mut open, event).then_some(open),
    };
    next.map(ProjectState::Open).ok_or(impossible)
}

fn created(event: &ProjectEvent) -> Option<Open> {
    let ProjectEvent::Created(Created {
        project_id,
        name,
        description,
        owner,
        visibility,
    }) = event
    else {
        return None;
    };
    Some(Open {
        project_id: *project_id,
        name: name.clone(),
        description: description.clone(),
        owner: *owner,
        visibility: *visibility,
        is_archived: false,
        access: BTreeMap::new(),
    })
}

/// Whether that can have happened.
fn happened(open: &mut Open, event: &ProjectEvent) -> bool {
    match event {
        ProjectEvent::Created(_) => false,
        ProjectEvent::Updated(updated) => {
            open.name = updated.name.clone();
            open.description.clone_from(&updated.description);
            open.visibility = updated.visibility;
            !open.is_archived
        }
        ProjectEvent::Promoted(promoted) => {
            let from = std::mem::replace(&mut open.owner, promoted.to);
            let is_upwards = promoted.to.level() > from.level();
            from == promoted.from && is_upwards && !open.is_archived && !owner_is_a_row(open)
        }
        ProjectEvent::Archived(_) => !std::mem::replace(&mut open.is_archived, true),
        ProjectEvent::Unarchived(_) => std::mem::replace(&mut open.is_archived, false),
        ProjectEvent::AccessGranted(granted) => {
            let former = open.access.insert(granted.principal, granted.role);
            former != Some(granted.role) && !open.is_archived && !owner_is_a_row(open)
        }
        ProjectEvent::AccessRevoked(revoked) => open.access.remove(&revoked.principal).is_some(),
    }
}

fn owner_is_a_row(open: &Open) -> bool {
    let owner = open.owner.principal();
    owner.is_some_and(|principal| open.access.contains_key(&principal))
}
