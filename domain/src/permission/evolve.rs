//! What the history of the access to one resource leads to.

use std::collections::BTreeSet;

use super::{PermissionEvent, Policy};
use crate::kernel::{Event as _, ImpossibleTransition, UserId};

/// Where the access to one resource stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PermissionState {
    /// Nothing is granted, or nothing any more: the owner has it, and the fallback counts.
    #[default]
    Absent,
    /// Something is.
    Sharing(Sharing),
}

/// What is granted beside the owner's right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sharing {
    /// Who may do nearly everything that the owner may.
    pub co_owners: BTreeSet<UserId>,
    /// What all others may do; absent where nobody said anything.
    pub policy: Option<Policy>,
}

impl Sharing {
    /// Whether that is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.co_owners.is_empty() && self.policy.is_none()
    }
}

impl PermissionState {
    fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Sharing(_) => "sharing",
        }
    }

    fn into_sharing(self) -> Sharing {
        match self {
            Self::Absent => Sharing::default(),
            Self::Sharing(sharing) => sharing,
        }
    }
}

/// Applies one fact. What was not granted cannot have been revoked, nor the same thing granted twice.
pub(super) fn evolve(
    state: PermissionState,
    event: &PermissionEvent,
) -> Result<PermissionState, ImpossibleTransition> {
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    let mut sharing = state.into_sharing();
    let is_new = match event {
        PermissionEvent::CoOwnerGranted(granted) => sharing.co_owners.insert(granted.user_id),
        PermissionEvent::CoOwnerRevoked(revoked) => sharing.co_owners.remove(&revoked.user_id),
        PermissionEvent::PolicySet(set) => sharing.policy.replace(set.policy) != Some(set.policy),
        PermissionEvent::PolicyCleared(_) => sharing.policy.take().is_some(),
        PermissionEvent::Deleted(_) => !std::mem::take(&mut sharing).is_empty(),
    };
    match (is_new, sharing.is_empty()) {
        (false, _) => Err(impossible),
        (true, true) => Ok(PermissionState::Absent),
        (true, false) => Ok(PermissionState::Sharing(sharing)),
    }
}
