//! What the history leads to.

use super::ProjectEvent;
use crate::kernel::ImpossibleTransition;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ProjectState {
    /// Nothing happened.
    #[default]
    Absent,
}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {}

pub(super) fn evolve(
    state: ProjectState,
    event: &ProjectEvent,
) -> Result<ProjectState, ImpossibleTransition> {
    let _ = event;
    Ok(state)
}
