//! What the history leads to.

use super::UserEvent;
use crate::kernel::ImpossibleTransition;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserState {
    /// Nothing happened.
    #[default]
    Absent,
}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {}

pub(super) fn evolve(
    state: UserState,
    event: &UserEvent,
) -> Result<UserState, ImpossibleTransition> {
    let _ = event;
    Ok(state)
}
