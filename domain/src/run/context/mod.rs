//! Artifacts that a run reads, whatever becomes of them: which may go into a slot, and which somebody chose.
//!
//! [`resolve`] says what may be chosen for a slot, and what the slot chooses by itself; [`choose`] takes a choice or
//! refuses it. Both are pure: whoever asks says which artifacts there are. What was chosen is pinned by three ids, so
//! that the run goes on reading it after it was changed or archived. Source: spec/runs.md 7.

mod choose;
#[cfg(test)]
mod laws;
mod resolve;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use choose::{Choice, Refusal, choose};
pub use resolve::{Accepted, Candidate, Resolution, SourceScope, Triple, resolve};

use crate::extension::PackageName;

/// Who chose the artifacts of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedBy {
    /// Somebody, at a gate.
    User,
    /// The agent.
    Agent,
    /// The rules of the slot.
    Autonomous,
}

/// One artifact as it was when it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ArtifactPin {
    /// Which.
    pub artifact_id: Uuid,
    /// The revision of its content.
    pub representation_revision_id: Uuid,
    /// What says that it is of an accepted type.
    pub semantic_assertion_id: Uuid,
    /// The type by which it was accepted; absent in what was pinned before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<PackageName>,
    /// For whom it was there; absent as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_scope: Option<SourceScope>,
    /// Whose it was; absent as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Uuid>,
}

impl ArtifactPin {
    /// The ids by which it is the same.
    pub const fn triple(&self) -> Triple {
        Triple {
            artifact_id: self.artifact_id,
            representation_revision_id: self.representation_revision_id,
            semantic_assertion_id: self.semantic_assertion_id,
        }
    }
}

impl From<&Candidate> for ArtifactPin {
    fn from(candidate: &Candidate) -> Self {
        let Triple {
            artifact_id,
            representation_revision_id,
            semantic_assertion_id,
        } = candidate.triple;
        Self {
            artifact_id,
            representation_revision_id,
            semantic_assertion_id,
            extension: Some(candidate.extension.clone()),
            source_scope: Some(candidate.source_scope),
            owner_id: Some(candidate.owner_id),
        }
    }
}
