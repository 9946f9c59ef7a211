//! The rules.

use super::{Rejection, UserCommand, UserEvent, UserState};

pub(super) fn decide(state: &UserState, command: UserCommand) -> Result<Vec<UserEvent>, Rejection> {
    let _ = (state, command);
    Ok(Vec::new())
}
