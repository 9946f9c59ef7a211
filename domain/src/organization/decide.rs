//! The rules.

use super::{OrganizationCommand, OrganizationEvent, OrganizationState, Rejection};

pub(super) fn decide(
    state: &OrganizationState,
    command: OrganizationCommand,
) -> Result<Vec<OrganizationEvent>, Rejection> {
    let _ = (state, command);
    Ok(Vec::new())
}
