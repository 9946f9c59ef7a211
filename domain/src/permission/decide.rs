//! The rules.

use super::{PermissionCommand, PermissionEvent, PermissionState, Rejection};

pub(super) fn decide(
    state: &PermissionState,
    command: PermissionCommand,
) -> Result<Vec<PermissionEvent>, Rejection> {
    let _ = (state, command);
    Ok(Vec::new())
}
