//! Laws of what may be chosen and what is taken, whatever there is and whatever the slot says.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::run::CONTEXT_REFS_MAX;
use crate::template::oas::{ContextSlot, ResolutionMode, SelectionMode};

const TYPES: [&str; 3] = [
    "@acme/note-artifact",
    "@acme/memo-artifact",
    "@acme/jot-artifact",
];

fn any_slot() -> impl Strategy<Value = ContextSlot> {
    let modes = (any::<bool>(), any::<bool>(), any::<bool>());
    let bounds = (0..4_u32, proptest::option::of(0..5_u32));
    let types = proptest::sample::subsequence(TYPES.to_vec(), 1..=2);
    (modes, bounds, types).prop_map(|((person, overrides, readable_only), (min, max), types)| {
        ContextSlot {
            slot_id: "notes".to_owned(),
            accepted_artifact_extensions: types.iter().map(ToString::to_string).collect(),
            selection_mode: if person {
                SelectionMode::Interactive
            } else {
                SelectionMode::Autonomous
            },
            resolution_mode: if overrides {
                ResolutionMode::Override
            } else {
                ResolutionMode::Accumulate
            },
            min_items: min,
            max_items: max,
            readable_only,
        }
    })
}

fn any_candidate() -> impl Strategy<Value = Candidate> {
    let ids = (0..6_u128, 0..2_u128, 0..2_u128);
    (ids, 0..3_usize, 0..5_usize, any::<bool>()).prop_map(|(ids, of_type, scope, is_readable)| {
        use SourceScope::{Organization, Project, Team, User, Workspace};
        Candidate {
            triple: Triple {
                artifact_id: Uuid::from_u128(ids.0),
                representation_revision_id: Uuid::from_u128(ids.1),
                semantic_assertion_id: Uuid::from_u128(ids.2),
            },
            extension: PackageName::parse(TYPES[of_type]).unwrap(),
            source_scope: [Project, User, Team, Organization, Workspace][scope],
            owner_id: Uuid::nil(),
            is_readable,
        }
    })
}

fn any_there() -> impl Strategy<Value = Vec<Candidate>> {
    proptest::collection::vec(any_candidate(), 0..24)
}

/// The text by which these are chosen.
fn envelope<'c>(slot: &ContextSlot, chosen: impl IntoIterator<Item = &'c Candidate>) -> String {
    let refs: Vec<_> = chosen.into_iter().map(|it| json!(it.triple)).collect();
    let mode = slot.resolution_mode.as_str();
    json!({ "slotId": slot.slot_id, "resolutionMode": mode, "selectedRefs": refs }).to_string()
}

fn taken(slot: &ContextSlot, among: &Resolution, text: &str) -> Result<Vec<Candidate>, Refusal> {
    let choice = Choice::read(slot, slot.selection_mode.as_str(), text)?;
    choose(slot, among, &choice)
}

proptest! {
    #[test]
    fn what_may_be_chosen_fits_is_in_order_and_does_not_depend_on_the_order_of_what_there_is(
        slot in any_slot(), there in any_there(), turn in 0..24_usize,
    ) {
        let accepted = Accepted::of(&slot, []);
        let resolution = resolve(&slot, &accepted, there.clone());
        let key = |it: &Candidate| (it.source_scope, it.triple);
        let keys: Vec<_> = resolution.candidates.iter().map(key).collect();
        prop_assert!(keys.is_sorted());
        let triples: BTreeSet<_> = resolution.candidates.iter().map(|it| it.triple).collect();
        prop_assert_eq!(triples.len(), resolution.candidates.len());
        for candidate in &resolution.candidates {
            prop_assert!(accepted.has(&candidate.extension));
            prop_assert!(candidate.is_readable || !slot.readable_only);
            prop_assert!(there.contains(candidate));
        }
        let tiers: BTreeSet<_> = resolution.candidates.iter().map(|it| it.source_scope).collect();
        if slot.resolution_mode == ResolutionMode::Override {
            prop_assert!(tiers.len() <= 1);
        }
        let mut turned = there;
        if !turned.is_empty() {
            let middle = turn % turned.len();
            turned.rotate_left(middle);
        }
        let again = resolve(&slot, &accepted, turned);
        let again: Vec<_> = again.candidates.iter().map(key).collect();
        prop_assert_eq!(again, keys);
    }

    #[test]
    fn what_a_slot_chooses_by_itself_is_taken_unless_there_is_too_little(
        slot in any_slot(), there in any_there(),
    ) {
        let resolution = resolve(&slot, &Accepted::of(&slot, []), there);
        let selected = &resolution.selected;
        prop_assert!(resolution.candidates.starts_with(selected));
        if slot.selection_mode == SelectionMode::Interactive {
            prop_assert!(selected.is_empty());
        }
        let answer = taken(&slot, &resolution, &envelope(&slot, selected));
        let count = u32::try_from(selected.len()).unwrap();
        if count < slot.min_items {
            prop_assert_eq!(answer, Err(Refusal::TooFew));
        } else {
            prop_assert_eq!(answer, Ok(selected.clone()));
        }
    }

    #[test]
    fn what_is_taken_was_there_and_is_within_bounds(
        slot in any_slot(), there in any_there(), strangers in any_there(), picks in any::<u32>(),
    ) {
        let resolution = resolve(&slot, &Accepted::of(&slot, []), there);
        let all = resolution.candidates.iter().chain(&strangers).enumerate();
        let picked: Vec<&Candidate> = all
            .filter(|(place, _)| picks >> (place % 32) & 1 == 1)
            .map(|(_, candidate)| candidate)
            .collect();
        if let Ok(taken) = taken(&slot, &resolution, &envelope(&slot, picked.iter().copied())) {
            let count = u32::try_from(taken.len()).unwrap();
            prop_assert!(count >= slot.min_items);
            prop_assert!(count <= slot.max_items.unwrap_or(CONTEXT_REFS_MAX));
            prop_assert!(count <= 1 || slot.resolution_mode == ResolutionMode::Accumulate);
            let asked: BTreeSet<Triple> = picked.iter().map(|it| it.triple).collect();
            let given: BTreeSet<Triple> = taken.iter().map(|it| it.triple).collect();
            prop_assert_eq!(asked, given);
            for one in &taken {
                prop_assert!(resolution.candidates.contains(one));
            }
        }
    }
}
