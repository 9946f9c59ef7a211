//! The gate of the storage format: every body ever written must stay readable.
//!
//! `domain/fixtures/<noun>/<wire name>.json` holds one frozen body per wire name, retired ones included; a body with
//! fields that were not always there stands beside it as `<wire name>~<what is there>.json`.
//! Files are added, never edited and never deleted.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::Fact;
use crate::extension::{Extension, ExtensionEvent, ExtensionState};
use crate::instance::Instance;
use crate::kernel::{Body, Decider, Event};
use crate::organization::{InvitationStatus, Organization};
use crate::permission::{PermissionState, ResourcePermission};
use crate::project::{Level, Project};
use crate::run::{AgentRun, Phase, RunState, Status};
use crate::secret::{Secret, SecretEvent, SecretState};
use crate::template::{Template, TemplateState};
use crate::user::{User, UserState};

/// Every frozen body by wire name.
fn fixtures() -> BTreeMap<String, Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = BTreeMap::new();
    for noun in std::fs::read_dir(&root).unwrap() {
        let noun = noun.unwrap().path();
        for file in std::fs::read_dir(&noun).unwrap() {
            let file = file.unwrap().path();
            let wire_name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let category = noun.file_name().unwrap().to_str().unwrap();
            assert!(
                wire_name.starts_with(&format!("{category}.")),
                "{wire_name}"
            );
            let body = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            found.insert(wire_name, body);
        }
    }
    found
}

/// Lifts a retired name and body to the current ones.
fn lift(wire_name: &str, body: Value) -> (String, Value) {
    match Fact::upcast(wire_name) {
        None => (wire_name.to_owned(), body),
        Some(step) => {
            let (name, body) = step(body).unwrap();
            lift(name, body)
        }
    }
}

fn read(wire_name: &str, body: &Value) -> Fact {
    Fact::deserialize_body(wire_name, body).unwrap().unwrap()
}

#[test]
fn every_wire_name_has_a_frozen_body() {
    let fixtures = fixtures();
    for wire_name in crate::wire_names() {
        assert!(
            fixtures.contains_key(wire_name),
            "no fixture of {wire_name}"
        );
    }
}

#[test]
fn every_frozen_body_is_read_and_written_unchanged() {
    for (stored_name, stored) in fixtures() {
        let wire_name = stored_name.split('~').next().unwrap();
        let (name, body) = lift(wire_name, stored);
        let fact = read(&name, &body);
        assert_eq!(fact.wire_name(), name);
        assert_eq!(serde_json::to_value(Body(&fact)).unwrap(), body, "{name}");
        let packed = rmp_serde::to_vec_named(&Body(&fact)).unwrap();
        let mut reader = rmp_serde::Deserializer::new(&packed[..]);
        let again = Fact::deserialize_body(&name, &mut reader).unwrap();
        assert_eq!(again.as_ref(), Some(&fact), "{name}");
    }
}

#[test]
fn the_frozen_bodies_of_an_extension_form_a_history() {
    let fixtures = fixtures();
    let event = |name: &str| {
        let (name, body) = lift(name, fixtures[name].clone());
        let body = ExtensionEvent::deserialize_body(&name, &body).unwrap();
        body.unwrap_or_else(|| panic!("{name} is not of an extension"))
    };
    let mut state = ExtensionState::default();
    for name in [
        "installed",
        "updated",
        "archived",
        "restored",
        "skills_indexed",
        "object_types_declared",
    ] {
        state = Extension::evolve(state, &event(&format!("extension.{name}.v1"))).unwrap();
    }
    for name in ["uninstalled", "force_deleted"] {
        let removed = Extension::evolve(state.clone(), &event(&format!("extension.{name}.v1")));
        assert_eq!(removed, Ok(ExtensionState::Absent), "{name}");
    }
}

#[test]
fn the_frozen_bodies_of_a_secret_form_two_histories() {
    let fixtures = fixtures();
    let event = |name: &str| {
        let (name, body) = lift(name, fixtures[name].clone());
        let body = SecretEvent::deserialize_body(&name, &body).unwrap();
        body.unwrap_or_else(|| panic!("{name} is not of a secret"))
    };
    let stored = Secret::evolve(SecretState::default(), &event("secret.stored.v1")).unwrap();
    let deleted = Secret::evolve(stored, &event("secret.deleted.v1"));
    assert_eq!(deleted, Ok(SecretState::Absent));
    let rotated = Secret::evolve(SecretState::default(), &event("secret.keys_rotated.v1"));
    assert!(matches!(rotated, Ok(SecretState::Rotated(_))));
}

/// Folds the frozen bodies of a noun, named without noun and version, in this order.
fn history<D: Decider>(names: &[&str]) -> D::State {
    let fixtures = fixtures();
    names.iter().fold(D::State::default(), |state, name| {
        let stored = format!("{}.{name}.v1", D::CATEGORY);
        let (name, body) = lift(&stored, fixtures[&stored].clone());
        let event = D::Event::deserialize_body(&name, &body).unwrap();
        let event = event.unwrap_or_else(|| panic!("{name} is not of {}", D::CATEGORY));
        D::evolve(state, &event).unwrap_or_else(|impossible| panic!("{impossible}"))
    })
}

#[test]
fn the_frozen_bodies_of_a_user_form_a_history() {
    let before = [
        "registered",
        "email_verified",
        "renamed",
        "password_set",
        "platform_role_changed",
        "banned",
        "unbanned",
        "joined",
        "token_created",
    ];
    let state = history::<User>(&before);
    let person = state.person().unwrap();
    assert!(person.is_administrator() && person.is_email_verified && person.has_password);
    assert_eq!((person.organizations.len(), person.tokens.len()), (1, 1));
    let after = [&before[..], &["token_revoked", "left", "erased"]].concat();
    assert_eq!(history::<User>(&after), UserState::Erased);
}

#[test]
fn the_frozen_bodies_of_the_instance_form_a_history() {
    let state = history::<Instance>(&[
        "initialized",
        "administrator_appointed",
        "organization_registered",
        "namespace_chosen",
        "namespace_frozen",
        "namespace_renamed",
    ]);
    let running = state.running().unwrap();
    assert_eq!(running.namespace.as_deref(), Some("acme-labs"));
    assert_eq!(running.former_namespaces, ["acme"]);
    let default = running.default_organization_id;
    assert_eq!(running.organizations.get("default"), Some(&default));
    assert_eq!(running.registrations[&default].owner, running.administrator);
}

#[test]
fn the_frozen_bodies_of_an_organization_form_two_histories() {
    let start = [
        "created",
        "updated",
        "team_created",
        "team_renamed",
        "invitation_sent",
    ];
    let followed = [
        "member_added",
        "invitation_accepted",
        "team_member_added",
        "team_member_role_changed",
        "role_granted",
        "role_revoked",
        "team_member_removed",
        "member_role_changed",
        "member_removed",
        "invitation_erased",
        "team_deleted",
        "service_account_created",
        "service_account_rotated",
        "service_account_revoked",
    ];
    let state = history::<Organization>(&[&start[..], &followed].concat());
    let running = state.running().unwrap();
    assert!(running.members.is_empty() && running.teams.is_empty());
    assert_eq!(running.live_service_accounts().count(), 0);
    let taken_back = ["invitation_canceled", "invitation_erased"];
    let state = history::<Organization>(&[&start[..], &taken_back].concat());
    let mut invitations = state.running().unwrap().invitations.values();
    let invitation = invitations.next().unwrap();
    assert_eq!(invitation.status, InvitationStatus::Canceled);
    assert_eq!(invitation.email, None);
}

#[test]
fn the_frozen_bodies_of_a_project_form_a_history() {
    let state = history::<Project>(&[
        "created",
        "updated",
        "access_granted",
        "promoted",
        "archived",
        "access_revoked",
        "unarchived",
    ]);
    let open = state.open().unwrap();
    assert_eq!(open.owner.level(), Level::Organization);
    assert!(open.access.is_empty() && !open.is_archived);
}

#[test]
fn the_frozen_bodies_of_the_access_to_a_resource_form_a_history() {
    let granted = ["policy_set", "co_owner_granted"];
    let history = |more: &[&str]| history::<ResourcePermission>(&[&granted[..], more].concat());
    assert_eq!(history(&["deleted"]), PermissionState::Absent);
    assert_eq!(
        history(&["policy_cleared", "co_owner_revoked"]),
        PermissionState::Absent
    );
}

#[test]
fn the_frozen_bodies_of_a_run_form_histories() {
    let drafted = ["created", "inputs_changed", "trigger_asked", "armed"];
    let begun = [&drafted[..], &["disarmed", "enqueued", "withdrawn"]].concat();
    let begun = [&begun[..], &["armed", "released", "started"]].concat();
    let asked = [
        "checkpointed",
        "context_selected",
        "gate_skipped",
        "gate_opened",
        "gate_answered",
        "prompt_excluded",
    ];
    let answered = [&begun[..], &asked].concat();
    let after = |more: &[&str]| history::<AgentRun>(&[&answered[..], more].concat());
    let waiting = ["started", "release_awaited", "released", "resumed"];
    let completed = [&waiting[..], &["completed", "moved", "sealed"]].concat();
    assert_eq!(after(&completed).status(), Some(Status::Completed));
    assert_eq!(after(&["stopped", "sealed", "purged"]), RunState::Purged);
    let again = after(&["failed", "reset"]);
    let run = again.run().unwrap();
    assert_eq!((run.phase(), run.attempt), (Phase::DraftInput, 2));
    assert_eq!(run.closed_gates.len(), 2);
}

#[test]
fn the_frozen_bodies_of_a_template_form_a_history() {
    let before = ["snapshotted", "first_run_recorded", "archived", "restored"];
    let state = history::<Template>(&before);
    assert!(state.pin("1.2.0").is_ok());
    assert!(state.lineage().unwrap().first_run.is_some());
    let after = [&before[..], &["purged"]].concat();
    assert_eq!(history::<Template>(&after), TemplateState::Absent);
}
