//! A project: a room for work within one organization, on one of four levels of ownership.
//!
//! - The level only ever rises: a lower one is refused to everybody, and so is a step sideways (the ratchet).
//! - Beside the owner, rows of access share it; the owner is never such a row.
//! - Archived, it is read, not written; what it shares can still be taken back. There is no deletion.
//!
//! Who may ask for what is judged by `authority`. Source: spec/workspace.md 1.8, spec/runs.md 8.

mod command;
mod decide;
mod event;
mod evolve;
mod owner;
mod rejection;
mod tags;
#[cfg(test)]
mod tests;

pub use command::ProjectCommand;
pub use event::{
    AccessGranted, AccessRevoked, Archived, Created, ProjectEvent, Promoted, Unarchived, Updated,
};
pub use evolve::{Open, ProjectState};
pub use owner::{GrantRole, Level, Owner, Principal, ProjectRole, ProjectVisibility};
pub use rejection::Rejection;
pub use tags::{project_tag, tags_of};

use crate::kernel::{Decider, ImpossibleTransition};

/// Most rows of access of one project.
pub const ACCESS_MAX: usize = 1_000;

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum Project {}

impl Decider for Project {
    const CATEGORY: &'static str = "project";
    type Command = ProjectCommand;
    type Event = ProjectEvent;
    type State = ProjectState;
    type Rejection = Rejection;

    fn decide(
        state: &ProjectState,
        command: ProjectCommand,
    ) -> Result<Vec<ProjectEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: ProjectState,
        event: &ProjectEvent,
    ) -> Result<ProjectState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
