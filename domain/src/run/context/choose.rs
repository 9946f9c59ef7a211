//! What is chosen for a slot, as it is posted, and why it is not taken. Source: spec/runs.md 7.5.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Candidate, Resolution, Triple};
use crate::run::CONTEXT_REFS_MAX;
use crate::template::oas::{ContextSlot, ResolutionMode};

/// Why a choice is not taken. The codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It says otherwise than the slot who chooses.
    #[error("the slot selects otherwise")]
    SelectionMode,
    /// It is for another slot, or for one that the agent does not declare.
    #[error("the agent declares no such slot")]
    Slot,
    /// It says otherwise than the slot what counts of several tiers.
    #[error("the slot resolves otherwise")]
    ResolutionMode,
    /// It is not the JSON of a selection.
    #[error("userResponse is not the JSON of a selection")]
    Envelope,
    /// It names what may not be chosen.
    #[error("an artifact that may not be chosen is among them")]
    NotACandidate,
    /// It has too few.
    #[error("the slot wants more artifacts")]
    TooFew,
    /// It has too many.
    #[error("the slot takes fewer artifacts")]
    TooMany,
    /// It has several where one takes the place of all others.
    #[error("the slot takes one artifact")]
    SeveralOverride,
}

impl Refusal {
    /// Stable.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SelectionMode => "selection_mode_mismatch",
            Self::Slot => "slot_mismatch",
            Self::ResolutionMode => "resolution_mode_mismatch",
            Self::Envelope => "bad_envelope",
            Self::NotACandidate => "ref_not_in_candidates",
            Self::TooFew => "below_min_items",
            Self::TooMany => "above_max_items",
            Self::SeveralOverride => "override_multi_select",
        }
    }
}

/// A choice for a slot that declares what it says it does: which artifacts, in the order in which they are named, each
/// once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice(Vec<Triple>);

impl Choice {
    /// Reads `{slotId, resolutionMode, selectedRefs}` from a text that was posted with a selection mode. What it says of
    /// an artifact beside its ids is not looked at.
    pub fn read(slot: &ContextSlot, selection_mode: &str, text: &str) -> Result<Self, Refusal> {
        if selection_mode != slot.selection_mode.as_str() {
            return Err(Refusal::SelectionMode);
        }
        let envelope: Value = serde_json::from_str(text).map_err(|_| Refusal::Envelope)?;
        if !envelope.is_object() {
            return Err(Refusal::Envelope);
        }
        if envelope["slotId"] != slot.slot_id.as_str() {
            return Err(Refusal::Slot);
        }
        if envelope["resolutionMode"] != slot.resolution_mode.as_str() {
            return Err(Refusal::ResolutionMode);
        }
        let refs = envelope["selectedRefs"].as_array();
        let refs = refs.ok_or(Refusal::Envelope)?;
        let mut seen = BTreeSet::new();
        let mut chosen = Vec::new();
        for stated in refs {
            let triple = triple(stated)?;
            if seen.insert(triple) {
                chosen.push(triple);
            }
        }
        Ok(Self(chosen))
    }

    /// The ids of what is chosen.
    pub fn triples(&self) -> &[Triple] {
        &self.0
    }
}

/// Takes a choice among what may be chosen.
pub fn choose(
    slot: &ContextSlot,
    resolution: &Resolution,
    choice: &Choice,
) -> Result<Vec<Candidate>, Refusal> {
    let find = |triple: &Triple| {
        let mut candidates = resolution.candidates.iter();
        let found = candidates.find(|candidate| candidate.triple == *triple);
        found.cloned().ok_or(Refusal::NotACandidate)
    };
    let chosen: Vec<Candidate> = choice.0.iter().map(find).collect::<Result<_, _>>()?;
    let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    if count < slot.min_items {
        return Err(Refusal::TooFew);
    }
    if count
        > slot
            .max_items
            .unwrap_or(CONTEXT_REFS_MAX)
            .min(CONTEXT_REFS_MAX)
    {
        return Err(Refusal::TooMany);
    }
    if slot.resolution_mode == ResolutionMode::Override && count > 1 {
        return Err(Refusal::SeveralOverride);
    }
    Ok(chosen)
}

/// Ids that are none can be nobody's.
fn triple(stated: &Value) -> Result<Triple, Refusal> {
    let id = |key: &str| {
        let text = stated[key].as_str().ok_or(Refusal::Envelope)?;
        text.parse().map_err(|_| Refusal::NotACandidate)
    };
    Ok(Triple {
        artifact_id: id("artifactId")?,
        representation_revision_id: id("representationRevisionId")?,
        semantic_assertion_id: id("semanticAssertionId")?,
    })
}
