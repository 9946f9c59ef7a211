//! What the history leads to.

use super::PermissionEvent;
use crate::kernel::ImpossibleTransition;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PermissionState {
    /// Nothing happened.
    #[default]
    Absent,
}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {}

pub(super) fn evolve(
    state: PermissionState,
    event: &PermissionEvent,
) -> Result<PermissionState, ImpossibleTransition> {
    let _ = event;
    Ok(state)
}
