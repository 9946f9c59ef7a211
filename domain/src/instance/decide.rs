//! The rules.

use super::{InstanceCommand, InstanceEvent, InstanceState, Rejection};

pub(super) fn decide(
    state: &InstanceState,
    command: InstanceCommand,
) -> Result<Vec<InstanceEvent>, Rejection> {
    let _ = (state, command);
    Ok(Vec::new())
}
