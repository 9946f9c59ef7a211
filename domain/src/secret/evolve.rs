//! What the history of a secret, or of the organization's data key, leads to.

use uuid::Uuid;

use super::SecretEvent;
use crate::kernel::{Event as _, ImpossibleTransition};

/// Where a stream stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretState {
    /// There is no value, or the data key was never rotated.
    #[default]
    Absent,
    /// There is a value.
    Stored,
    /// The data key was rotated to this one.
    Rotated(Uuid),
}

impl SecretState {
    fn stage(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Stored => "stored",
            Self::Rotated(_) => "rotated",
        }
    }
}

/// Applies one fact. What happens to a value cannot happen to a key, nor the other way round.
pub(super) fn evolve(
    state: SecretState,
    event: &SecretEvent,
) -> Result<SecretState, ImpossibleTransition> {
    use SecretState::{Absent, Rotated, Stored};
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    match event {
        SecretEvent::Stored(_) => match state {
            Absent | Stored => Ok(Stored),
            Rotated(_) => Err(impossible),
        },
        SecretEvent::Deleted(_) => match state {
            Stored => Ok(Absent),
            Absent | Rotated(_) => Err(impossible),
        },
        SecretEvent::KeysRotated(rotated) => match state {
            Absent => Ok(Rotated(rotated.to_key_id)),
            Rotated(key) if key == rotated.from_key_id => Ok(Rotated(rotated.to_key_id)),
            Rotated(_) | Stored => Err(impossible),
        },
    }
}
