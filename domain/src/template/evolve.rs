//! What a template's history leads to.

use std::collections::BTreeMap;

use super::{Rejection, Snapshotted, TemplateEvent};
use crate::kernel::{Event as _, ImpossibleTransition, RunId};

/// The template of one package in one organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TemplateState {
    /// Nothing was taken down, or everything was forgotten.
    #[default]
    Absent,
    /// Runs may start.
    Active(Lineage),
    /// No run starts.
    Archived(Lineage),
}

/// What is known of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The newest snapshot of each version.
    pub snapshots: BTreeMap<String, Snapshotted>,
    /// How many were taken.
    pub taken: u32,
    /// The run that used it first.
    pub first_run: Option<RunId>,
}

impl TemplateState {
    /// What is known, in whatever status.
    pub fn lineage(&self) -> Option<&Lineage> {
        match self {
            Self::Absent => None,
            Self::Active(lineage) | Self::Archived(lineage) => Some(lineage),
        }
    }

    /// What a new run of a version pins.
    pub fn pin(&self, version: &str) -> Result<&Snapshotted, Rejection> {
        let lineage = match self {
            Self::Absent => return Err(Rejection::TemplateNotFound),
            Self::Archived(_) => return Err(Rejection::TemplateArchived),
            Self::Active(lineage) => lineage,
        };
        let missing = || Rejection::VersionSnapshotMissing {
            version: version.to_owned(),
        };
        lineage.snapshots.get(version).ok_or_else(missing)
    }

    fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Active(_) => "active",
            Self::Archived(_) => "archived",
        }
    }
}

/// Applies one fact. What is known already cannot have happened again, nor to what is not there.
pub(super) fn evolve(
    state: TemplateState,
    event: &TemplateEvent,
) -> Result<TemplateState, ImpossibleTransition> {
    use TemplateState::{Absent, Active, Archived};
    let impossible = ImpossibleTransition {
        state: state.stage(),
        event: event.wire_name(),
    };
    match event {
        TemplateEvent::Snapshotted(taken) => match state {
            Absent => snapshotted(Lineage::default(), taken).map(Active),
            Active(lineage) => snapshotted(lineage, taken).map(Active),
            Archived(lineage) => snapshotted(lineage, taken).map(Archived),
        },
        TemplateEvent::FirstRunRecorded(recorded) => match state {
            Active(lineage) => first_run(lineage, recorded.run_id).map(Active),
            Archived(lineage) => first_run(lineage, recorded.run_id).map(Archived),
            Absent => None,
        },
        TemplateEvent::Archived(_) => match state {
            Active(lineage) => Some(Archived(lineage)),
            Absent | Archived(_) => None,
        },
        TemplateEvent::Restored(_) => match state {
            Archived(lineage) => Some(Active(lineage)),
            Absent | Active(_) => None,
        },
        TemplateEvent::Purged(purged) => match state {
            Active(lineage) | Archived(lineage) if lineage.taken == purged.snapshots => {
                Some(Absent)
            }
            Absent | Active(_) | Archived(_) => None,
        },
    }
    .ok_or(impossible)
}

fn snapshotted(mut lineage: Lineage, taken: &Snapshotted) -> Option<Lineage> {
    if taken.number != lineage.taken.checked_add(1)? {
        return None;
    }
    lineage.taken = taken.number;
    let former = lineage
        .snapshots
        .insert(taken.version.clone(), taken.clone());
    let is_new = former.is_none_or(|former| former.oas_sha256 != taken.oas_sha256);
    is_new.then_some(lineage)
}

fn first_run(mut lineage: Lineage, run_id: RunId) -> Option<Lineage> {
    let former = lineage.first_run.replace(run_id);
    former.is_none().then_some(lineage)
}
