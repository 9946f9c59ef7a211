//! The stages of one extension, and how facts move it between them.

use super::{ExtensionEvent, Release, Status};
use crate::kernel::{Event as _, ImpossibleTransition};

/// One extension of one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExtensionState {
    /// Never installed, or removed.
    #[default]
    Absent,
    /// Installed and reachable.
    Active(Release),
    /// Installed but suspended.
    Archived(Release),
}

impl ExtensionState {
    /// What is installed, in whatever status.
    pub fn release(&self) -> Option<&Release> {
        match self {
            Self::Absent => None,
            Self::Active(release) | Self::Archived(release) => Some(release),
        }
    }

    /// Whether it may be used; `None` when it is not installed.
    pub fn status(&self) -> Option<Status> {
        match self {
            Self::Absent => None,
            Self::Active(_) => Some(Status::Active),
            Self::Archived(_) => Some(Status::Archived),
        }
    }

    fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Active(_) => "active",
            Self::Archived(_) => "archived",
        }
    }
}

/// Applies one fact. A fact about another version than the installed one cannot have happened.
pub(super) fn evolve(
    state: ExtensionState,
    event: &ExtensionEvent,
) -> Result<ExtensionState, ImpossibleTransition> {
    use ExtensionState::{Absent, Active, Archived};
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    match event {
        ExtensionEvent::Installed(installed) => match state {
            Absent => Ok(Active(installed.release.clone())),
            Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Updated(updated) => match state {
            Active(old) if old.version == updated.from_version => {
                Ok(Active(updated.release.clone()))
            }
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Archived(archived) => match state {
            Active(release) if release.version == archived.version => Ok(Archived(release)),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Restored(restored) => match state {
            Archived(release) if release.version == restored.version => Ok(Active(release)),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Uninstalled(removed) => match state {
            Active(release) | Archived(release) if release.version == removed.version => Ok(Absent),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::ForceDeleted(deleted) => match state {
            Active(release) | Archived(release) if release == deleted.snapshot.release => {
                Ok(Absent)
            }
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::SkillsIndexed(_) => match state {
            Active(_) | Archived(_) => Ok(state),
            Absent => Err(impossible),
        },
    }
}
