//! What the history leads to.

use super::InstanceEvent;
use crate::kernel::ImpossibleTransition;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InstanceState {
    /// Nothing happened.
    #[default]
    Absent,
}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {}

pub(super) fn evolve(
    state: InstanceState,
    event: &InstanceEvent,
) -> Result<InstanceState, ImpossibleTransition> {
    let _ = event;
    Ok(state)
}
