//! What a run is answered that fills a slot, and what it remembers, with artifacts there.

use cinatra_domain::kernel::{Decider as _, Event as _};
use cinatra_domain::run::{AgentRun, Candidate, RunEvent, RunState, SourceScope, Triple, resolve};
use cinatra_domain::template::oas::ResolutionMode;
use uuid::Uuid;

use super::*;

const CREATED: &str = include_str!("../../../../../domain/fixtures/run/run.created.v1.json");

fn run() -> Run {
    let body: Value = serde_json::from_str(CREATED).unwrap();
    let created = RunEvent::deserialize_body("run.created.v1", &body).unwrap();
    let state = AgentRun::evolve(RunState::default(), &created.unwrap()).unwrap();
    state.run().unwrap().clone()
}

fn meant(selection_mode: SelectionMode) -> Meant {
    Meant {
        agent: PackageName::parse("@acme/chooser-agent").unwrap(),
        slot: ContextSlot {
            slot_id: "notes".to_owned(),
            accepted_artifact_extensions: vec!["@acme/note-artifact".to_owned()],
            selection_mode,
            resolution_mode: ResolutionMode::Accumulate,
            min_items: 1,
            max_items: Some(2),
            readable_only: false,
        },
    }
}

fn note(number: u128) -> Candidate {
    Candidate {
        triple: Triple {
            artifact_id: Uuid::from_u128(number),
            representation_revision_id: Uuid::from_u128(number + 100),
            semantic_assertion_id: Uuid::from_u128(number + 200),
        },
        extension: PackageName::parse("@acme/note-artifact").unwrap(),
        source_scope: SourceScope::Team,
        owner_id: Uuid::from_u128(7),
        is_readable: true,
    }
}

fn there(meant: &Meant, numbers: &[u128]) -> Resolution {
    let accepted = cinatra_domain::run::Accepted::of(&meant.slot, []);
    let notes = numbers.iter().map(|number| note(*number)).collect();
    resolve(&meant.slot, &accepted, notes)
}

fn choice(meant: &Meant, numbers: &[u128]) -> Choice {
    let refs: Vec<_> = numbers.iter().map(|number| json!(note(*number))).collect();
    let envelope =
        json!({ "slotId": "notes", "resolutionMode": "accumulate", "selectedRefs": refs });
    let mode = meant.slot.selection_mode.as_str();
    Choice::read(&meant.slot, mode, &envelope.to_string()).unwrap()
}

/// What a choice is answered, and what the run has to remember.
fn bound(run: &Run, meant: &Meant, among: &[u128], numbers: &[u128]) -> Answered {
    let choice = choice(meant, numbers);
    let key = key_of(run.run_id, meant, choice.triples()).unwrap();
    bind(meant, &there(meant, among), &choice, key).unwrap()
}

fn body(answered: &Answered) -> Value {
    serde_json::from_str(&answered.body).unwrap()
}

#[test]
fn what_is_chosen_is_answered_and_remembered_as_it_was_there() {
    for (mode, by) in [
        (SelectionMode::Interactive, SelectedBy::User),
        (SelectionMode::Autonomous, SelectedBy::Autonomous),
    ] {
        let answered = bound(&run(), &meant(mode), &[1, 2, 3], &[3, 1]);
        let refs = [3, 1].map(|number| json!(note(number)));
        let bindings = json!([{ "slotId": "notes", "refs": refs }]);
        assert_eq!(
            body(&answered),
            json!({ "contextSlotBindings": bindings, "wrote": 2 })
        );
        let selected = answered.selected.unwrap();
        assert_eq!((selected.selected_by, selected.refs.len()), (by, 2));
        assert_eq!(selected.refs[0].source_scope, Some(SourceScope::Team));
    }
}

#[test]
fn what_is_refused_says_why_and_is_not_remembered() {
    let meant = meant(SelectionMode::Interactive);
    for (numbers, code) in [
        (&[][..], "below_min_items"),
        (&[1, 2, 3], "above_max_items"),
        (&[9], "ref_not_in_candidates"),
    ] {
        let answered = bound(&run(), &meant, &[1, 2, 3], numbers);
        assert_eq!(answered.status, 422);
        assert_eq!(body(&answered)["error"]["code"], code);
        assert!(answered.selected.is_none());
    }
}

#[test]
fn a_key_is_of_run_agent_slot_mode_and_artifacts_in_whatever_order() {
    let run = run();
    let key = |meant: &Meant, numbers: &[u128]| {
        key_of(run.run_id, meant, choice(meant, numbers).triples()).unwrap()
    };
    let asked = meant(SelectionMode::Interactive);
    assert_eq!(key(&asked, &[1, 2]), key(&asked, &[2, 1]));
    assert_ne!(key(&asked, &[1]), key(&asked, &[2]));
    let by_itself = meant(SelectionMode::Autonomous);
    assert_ne!(key(&asked, &[1]), key(&by_itself, &[1]));
    let mut of_another = meant(SelectionMode::Interactive);
    of_another.agent = PackageName::parse("@acme/other-agent").unwrap();
    assert_ne!(key(&asked, &[1]), key(&of_another, &[1]));
}

#[test]
fn a_slot_that_chose_by_itself_chooses_the_same_again_whatever_is_there_now() {
    let meant = meant(SelectionMode::Autonomous);
    let mut run = run();
    let selected = |run: &Run, among: &[u128]| {
        let answered = resolved(run, &meant.slot, &there(&meant, among));
        let refs = body(&answered)["selectedRefs"].clone();
        let ids = refs.as_array().unwrap().iter();
        ids.map(|it| it["artifactId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let ids = |numbers: &[u128]| {
        let ids = numbers.iter().map(|number| Uuid::from_u128(*number));
        ids.map(|id| id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(selected(&run, &[1, 2, 3]), ids(&[1, 2]));
    let remembered = bound(&run, &meant, &[1, 2, 3], &[1, 2]).selected;
    run.selections.extend(remembered);
    assert_eq!(selected(&run, &[0, 3]), ids(&[1, 2]));
    let other = ContextSlot {
        slot_id: "files".to_owned(),
        ..meant.slot.clone()
    };
    let answered = resolved(&run, &other, &there(&meant, &[3]));
    assert_eq!(
        body(&answered)["selectedRefs"][0]["artifactId"],
        ids(&[3])[0]
    );
}
