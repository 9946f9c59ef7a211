//! The stages of one extension, and how facts move it between them.

use super::{ExtensionEvent, ObjectTypesDeclared, Release, Status};
use crate::kernel::{Event as _, ImpossibleTransition};

/// What is there of an installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The installed release.
    pub release: Release,
    /// The skills that were listed last, by name.
    pub skills: Vec<String>,
    /// The object types that were declared last, by name.
    pub object_types: Vec<String>,
    /// Packages in whose place its artifacts are accepted.
    pub satisfies: Vec<String>,
}

impl Installation {
    fn declare(mut self, declared: &ObjectTypesDeclared) -> Self {
        let names = declared.types.iter().map(|each| each.object_type.clone());
        self.object_types = names.collect();
        self.satisfies.clone_from(&declared.satisfies);
        self
    }
}

/// One extension of one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExtensionState {
    /// Never installed, or removed.
    #[default]
    Absent,
    /// Installed and reachable.
    Active(Installation),
    /// Installed but suspended.
    Archived(Installation),
}

impl ExtensionState {
    /// What is installed, in whatever status.
    pub fn release(&self) -> Option<&Release> {
        self.installation().map(|installed| &installed.release)
    }

    /// The same, with what is known of it besides.
    pub fn installation(&self) -> Option<&Installation> {
        match self {
            Self::Absent => None,
            Self::Active(installed) | Self::Archived(installed) => Some(installed),
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
            Absent => Ok(Active(Installation {
                release: installed.release.clone(),
                skills: Vec::new(),
                object_types: Vec::new(),
                satisfies: Vec::new(),
            })),
            Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Updated(updated) => match state {
            Active(old) if old.release.version == updated.from_version => {
                let release = updated.release.clone();
                Ok(Active(Installation { release, ..old }))
            }
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Archived(archived) => match state {
            Active(old) if old.release.version == archived.version => Ok(Archived(old)),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Restored(restored) => match state {
            Archived(old) if old.release.version == restored.version => Ok(Active(old)),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::Uninstalled(removed) => match state {
            Active(old) | Archived(old) if old.release.version == removed.version => Ok(Absent),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::ForceDeleted(deleted) => match state {
            Active(old) | Archived(old) if old.release == deleted.snapshot.release => Ok(Absent),
            Absent | Active(_) | Archived(_) => Err(impossible),
        },
        ExtensionEvent::SkillsIndexed(indexed) => match state {
            Active(old) => Ok(Active(Installation {
                skills: indexed.skills.iter().map(|it| it.name.clone()).collect(),
                ..old
            })),
            Absent | Archived(_) => Err(impossible),
        },
        ExtensionEvent::ObjectTypesDeclared(declared) => match state {
            Active(old) => Ok(Active(old.declare(declared))),
            Absent | Archived(_) => Err(impossible),
        },
    }
}
