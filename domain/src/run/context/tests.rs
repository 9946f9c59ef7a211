//! What may be chosen, and what is taken. Source: spec/runs.md S38.

use serde_json::{Value, json};

use super::*;
use crate::template::oas::{ContextSlot, ResolutionMode, SelectionMode};

fn package(name: &str) -> PackageName {
    PackageName::parse(name).unwrap()
}

fn slot(selection_mode: SelectionMode, resolution_mode: ResolutionMode) -> ContextSlot {
    ContextSlot {
        slot_id: "notes".to_owned(),
        accepted_artifact_extensions: vec!["@acme/note-artifact".to_owned()],
        selection_mode,
        resolution_mode,
        min_items: 0,
        max_items: None,
        readable_only: false,
    }
}

fn interactive() -> ContextSlot {
    slot(SelectionMode::Interactive, ResolutionMode::Accumulate)
}

fn note(number: u128, source_scope: SourceScope) -> Candidate {
    Candidate {
        triple: Triple {
            artifact_id: Uuid::from_u128(number),
            representation_revision_id: Uuid::from_u128(number + 100),
            semantic_assertion_id: Uuid::from_u128(number + 200),
        },
        extension: package("@acme/note-artifact"),
        source_scope,
        owner_id: Uuid::from_u128(7),
        is_readable: true,
    }
}

fn accepted(slot: &ContextSlot) -> Accepted {
    Accepted::of(slot, [])
}

fn resolved(slot: &ContextSlot, there: Vec<Candidate>) -> Resolution {
    resolve(slot, &accepted(slot), there)
}

fn numbers(candidates: &[Candidate]) -> Vec<u128> {
    let ids = candidates.iter().map(|it| it.triple.artifact_id.as_u128());
    ids.collect()
}

fn envelope(chosen: &[&Candidate]) -> String {
    let refs: Vec<Value> = chosen.iter().map(|it| json!(it)).collect();
    json!({ "slotId": "notes", "resolutionMode": "accumulate", "selectedRefs": refs }).to_string()
}

/// What comes of choosing among what may be chosen.
fn chosen(slot: &ContextSlot, there: &Resolution, text: &str) -> Result<Vec<u128>, Refusal> {
    let choice = Choice::read(slot, slot.selection_mode.as_str(), text)?;
    choose(slot, there, &choice).map(|taken| numbers(&taken))
}

#[test]
fn narrower_comes_before_wider_and_then_the_artifact_decides() {
    use SourceScope::{Organization, Project, Team, User, Workspace};
    let there = vec![
        note(1, Workspace),
        note(5, Team),
        note(4, User),
        note(2, Organization),
        note(3, User),
        note(6, Project),
    ];
    let all = resolved(&interactive(), there.clone());
    assert_eq!(numbers(&all.candidates), [6, 3, 4, 5, 2, 1]);
    assert_eq!(all.selected, []);
    let slot = slot(SelectionMode::Autonomous, ResolutionMode::Override);
    let narrowest = resolved(&slot, there[..5].to_vec());
    assert_eq!(numbers(&narrowest.candidates), [3, 4]);
    assert_eq!(numbers(&narrowest.selected), [3]);
}

#[test]
fn what_a_slot_chooses_by_itself_is_bounded_and_what_a_person_may_choose_is_not() {
    let there = || (1..=3).map(|n| note(n, SourceScope::User)).collect();
    let mut slot = slot(SelectionMode::Autonomous, ResolutionMode::Accumulate);
    assert_eq!(numbers(&resolved(&slot, there()).selected), [1, 2, 3]);
    slot.max_items = Some(2);
    let bounded = resolved(&slot, there());
    assert_eq!(numbers(&bounded.selected), [1, 2]);
    assert_eq!(numbers(&bounded.candidates), [1, 2, 3]);
}

#[test]
fn a_type_is_accepted_for_one_that_it_satisfies_and_no_further() {
    let slot = interactive();
    let (memo, jot) = (
        package("@acme/memo-artifact"),
        package("@acme/jot-artifact"),
    );
    let (of_memo, of_jot) = (
        ["@acme/note-artifact".to_owned()],
        ["@acme/memo-artifact".to_owned()],
    );
    let accepted = Accepted::of(&slot, [(&memo, &of_memo[..]), (&jot, &of_jot[..])]);
    let names: Vec<_> = accepted.iter().map(PackageName::as_str).collect();
    assert_eq!(names, ["@acme/memo-artifact", "@acme/note-artifact"]);
    let mut there = vec![note(1, SourceScope::User), note(2, SourceScope::User)];
    there[0].extension = memo;
    there[1].extension = jot;
    assert_eq!(numbers(&resolve(&slot, &accepted, there).candidates), [1]);
}

#[test]
fn a_slot_may_want_what_can_be_read() {
    let mut there = vec![note(1, SourceScope::User), note(2, SourceScope::User)];
    there[0].is_readable = false;
    let mut slot = interactive();
    assert_eq!(numbers(&resolved(&slot, there.clone()).candidates), [1, 2]);
    slot.readable_only = true;
    assert_eq!(numbers(&resolved(&slot, there).candidates), [2]);
}

#[test]
fn what_is_chosen_is_taken_as_it_is_there_in_the_order_of_the_choice_and_once() {
    let notes: Vec<_> = (1..=3).map(|n| note(n, SourceScope::User)).collect();
    let there = resolved(&interactive(), notes.clone());
    let text = envelope(&[&notes[2], &notes[0], &notes[2]]);
    assert_eq!(chosen(&interactive(), &there, &text), Ok(vec![3, 1]));
    // What somebody says of an artifact beside its ids is not looked at.
    let forged = text.replace("@acme/note-artifact", "@acme/other-artifact");
    let choice = Choice::read(&interactive(), "interactive", &forged).unwrap();
    let taken = choose(&interactive(), &there, &choice).unwrap();
    assert_eq!(taken, [notes[2].clone(), notes[0].clone()]);
    assert_eq!(chosen(&interactive(), &there, &envelope(&[])), Ok(vec![]));
}

#[test]
fn a_choice_that_does_not_fit_is_refused_by_its_code() {
    let notes: Vec<_> = (1..=3).map(|n| note(n, SourceScope::User)).collect();
    let all: Vec<&Candidate> = notes.iter().collect();
    let two = ContextSlot {
        min_items: 1,
        max_items: Some(2),
        ..interactive()
    };
    let there = resolved(&two, notes.clone());
    let code = |slot: &ContextSlot, text: &str| chosen(slot, &there, text).unwrap_err().code();
    assert_eq!(code(&two, &envelope(&all)), "above_max_items");
    assert_eq!(code(&two, &envelope(&[])), "below_min_items");
    let stranger = note(9, SourceScope::User);
    assert_eq!(code(&two, &envelope(&[&stranger])), "ref_not_in_candidates");
    let older = envelope(&[&notes[0]]).replace(
        &notes[0].triple.representation_revision_id.to_string(),
        &Uuid::nil().to_string(),
    );
    assert_eq!(code(&two, &older), "ref_not_in_candidates");
    let one = slot(SelectionMode::Interactive, ResolutionMode::Override);
    let text = envelope(&all[..2]);
    assert_eq!(code(&one, &text), "resolution_mode_mismatch");
    let text = text.replace("accumulate", "override");
    assert_eq!(code(&one, &text), "override_multi_select");
    assert_eq!(
        code(&two, &envelope(&[]).replace("notes", "files")),
        "slot_mismatch"
    );
    for text in [
        "",
        "nonsense",
        "[]",
        r#"{"slotId":"notes","resolutionMode":"accumulate"}"#,
        r#"{"slotId":"notes","resolutionMode":"accumulate","selectedRefs":[{}]}"#,
    ] {
        assert_eq!(code(&two, text), "bad_envelope", "{text}");
    }
    let no_id = r#"{"slotId":"notes","resolutionMode":"accumulate","selectedRefs":
        [{"artifactId":"x","representationRevisionId":"x","semanticAssertionId":"x"}]}"#;
    assert_eq!(code(&two, no_id), "ref_not_in_candidates");
    let other = Choice::read(&two, "autonomous", &envelope(&[]));
    assert_eq!(other.unwrap_err().code(), "selection_mode_mismatch");
}
