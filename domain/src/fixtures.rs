//! The gate of the storage format: every body ever written must stay readable.
//!
//! `domain/fixtures/<noun>/<wire name>.json` holds one frozen body per wire name, retired ones included.
//! Files are added, never edited and never deleted.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::Fact;
use crate::extension::{Extension, ExtensionEvent, ExtensionState};
use crate::kernel::{Body, Decider as _, Event};
use crate::secret::{Secret, SecretEvent, SecretState};

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
        let (name, body) = lift(&stored_name, stored);
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
