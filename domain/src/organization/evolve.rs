//! What the history leads to.

use super::OrganizationEvent;
use crate::kernel::ImpossibleTransition;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OrganizationState {
    /// Nothing happened.
    #[default]
    Absent,
}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Running {}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {}

/// Stub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {}

pub(super) fn evolve(
    state: OrganizationState,
    event: &OrganizationEvent,
) -> Result<OrganizationState, ImpossibleTransition> {
    let _ = event;
    Ok(state)
}
