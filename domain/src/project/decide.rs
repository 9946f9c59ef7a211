//! The rules.

use super::{ProjectCommand, ProjectEvent, ProjectState, Rejection};

pub(super) fn decide(
    state: &ProjectState,
    command: ProjectCommand,
) -> Result<Vec<ProjectEvent>, Rejection> {
    let _ = (state, command);
    Ok(Vec::new())
}
