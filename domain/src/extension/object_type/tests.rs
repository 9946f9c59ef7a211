//! What is read of a package's types, hostile ones included.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::extension::ExtensionEvent;
use crate::extension::manifest;
use crate::kernel::{Body, Event as _};

/// What an event takes. Source: settled.md 5.
const EVENT_BYTES_MAX: usize = 64 * 1024;

fn artifact(block: &Value) -> Manifest {
    let package = json!({
        "name": "@acme/note-artifact", "version": "1.0.0",
        "cinatra": { "apiVersion": "cinatra.ai/v1", "kind": "artifact", "artifact": block },
    });
    manifest::parse(&package).unwrap().0
}

fn declaring(types: &Value) -> TypeIndex {
    index_object_types(&artifact(&json!({ "objectTypes": types })), vec![])
}

fn codes(index: &TypeIndex) -> Vec<&str> {
    index.warnings.iter().map(|w| w.code.as_str()).collect()
}

fn names(index: &TypeIndex) -> Vec<&str> {
    let types = index.declared.types.iter();
    types.map(|each| each.object_type.as_str()).collect()
}

fn of_type(name: &str) -> DeclaredType {
    DeclaredType {
        object_type: name.to_owned(),
        ..DeclaredType::default()
    }
}

#[test]
fn an_artifact_declares_its_types_by_name() {
    let schema = json!({ "type": "object", "required": ["title"] });
    let index = declaring(&json!([
        { "type": "@acme/note:z" },
        { "type": "@acme/note:a", "claim": "dedicated", "schema": schema,
          "dispositions": { "pinnable": true, "mutability": "record", "later": [1], "size": 3 } },
    ]));
    assert_eq!(codes(&index), [""; 0]);
    assert_eq!(names(&index), ["@acme/note:a", "@acme/note:z"]);
    let first = &index.declared.types[0];
    assert_eq!(
        (first.claim.as_deref(), first.schema.as_ref()),
        (Some("dedicated"), Some(&schema))
    );
    let dispositions = json!({ "mutability": "record", "pinnable": true });
    assert_eq!(json!(first.dispositions), dispositions);
}

#[test]
fn other_kinds_declare_none_and_an_agent_brings_some_forth() {
    let mut agent = artifact(&json!({ "objectTypes": [{ "type": "@acme/note:a" }] }));
    agent.kind = Kind::Agent;
    let index = index_object_types(&agent, vec![of_type("@acme/idea:idea")]);
    assert_eq!(names(&index), ["@acme/idea:idea"]);
}

#[test]
fn what_cannot_be_read_is_left_out_and_told() {
    let index = declaring(&json!([
        { "claim": "dedicated" },
        7,
        { "type": "note" },
        { "type": "@acme/note" },
        { "type": "@acme/note:" },
        { "type": "@acme/note:a b" },
        { "type": "@acme/note:a:b" },
        { "type": format!("@acme/note:{}", "x".repeat(OBJECT_TYPE_BYTES_MAX)) },
        { "type": "@acme/note:a", "schema": "no schema", "dispositions": 3 },
        { "type": "@acme/note:a" },
    ]));
    assert_eq!(names(&index), ["@acme/note:a"]);
    assert_eq!(index.declared.types[0], of_type("@acme/note:a"));
    let told = codes(&index);
    assert_eq!(told[..8], ["OBJECT_TYPE_FORM"; 8]);
    assert_eq!(told[8..], ["OBJECT_TYPE_DUPLICATE"]);
    let many: Vec<Value> = (0..=OBJECT_TYPES_MAX)
        .map(|number| json!({ "type": format!("@acme/note:t{number}") }))
        .collect();
    let index = declaring(&json!(many));
    assert_eq!(index.declared.types.len(), OBJECT_TYPES_MAX);
    assert_eq!(codes(&index), ["OBJECT_TYPE_LIMIT"]);
}

#[test]
fn the_largest_schemas_are_left_out_until_all_fit_and_so_are_those_that_are_too_deep() {
    let sized = |name: &str, bytes: usize| json!({ "type": name, "schema": { "description": "x".repeat(bytes) } });
    let index = declaring(&json!([
        sized("@acme/note:small", 10_000),
        sized("@acme/note:large", 45_000),
    ]));
    assert_eq!(codes(&index), ["OBJECT_TYPE_SCHEMA_LIMIT"]);
    let has_schema = |name: &str| {
        let mut types = index.declared.types.iter();
        let found = types.find(|each| each.object_type == name);
        found.unwrap().schema.is_some()
    };
    assert!(has_schema("@acme/note:small") && !has_schema("@acme/note:large"));
    let deep = (0..40).fold(json!({}), |inner, _| json!({ "items": inner }));
    let index = declaring(&json!([{ "type": "@acme/note:deep", "schema": deep }]));
    assert_eq!(index.declared.types[0].schema, None);
    assert_eq!(codes(&index), ["OBJECT_TYPE_SCHEMA_LIMIT"]);
}

#[test]
fn an_artifact_says_in_whose_place_it_is_accepted() {
    let satisfies = json!([
        "@acme/z-artifact",
        "no name",
        7,
        "@acme/a-artifact",
        "@acme/a-artifact"
    ]);
    let index = index_object_types(&artifact(&json!({ "satisfies": satisfies })), vec![]);
    let expected = ["@acme/a-artifact", "@acme/z-artifact"];
    assert_eq!(index.declared.satisfies, expected);
    assert!(!index.declared.is_empty());
}

#[test]
fn an_agent_that_brings_forth_what_nobody_declares_is_told_of() {
    let agent = PackageName::parse("@acme/idea-agent").unwrap();
    let produced = [of_type("@acme/idea:idea"), of_type("@acme/idea:plan")];
    let told = |declared: &[&str]| {
        let declared = declared.iter().copied().collect();
        undeclared(&agent, &produced, &declared)
    };
    assert_eq!(told(&["@acme/idea:idea", "@acme/idea:plan"]), None);
    let warning = told(&["@acme/idea:idea"]).unwrap();
    assert_eq!(warning.code, "OBJECT_TYPE_UNDECLARED");
    assert!(warning.message.ends_with("declares: @acme/idea:plan"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever a manifest says, an event takes it and gives it back.
    #[test]
    fn what_is_declared_fits_into_an_event(
        sizes in proptest::collection::vec((0..20_000_usize, 0..90_usize), 0..110),
        keys in 0..60_usize,
    ) {
        let types: Vec<Value> = sizes.iter().enumerate().map(|(number, (schema, text))| json!({
            "type": format!("@acme/{}:t{number}", "p".repeat(text / 3 + 1)),
            "claim": "é".repeat(*text), "displayName": "n".repeat(*text), "category": "c".repeat(*text),
            "canonicalKeys": vec!["k".repeat(*text); keys],
            "dispositions": { "d": "x".repeat(*text) },
            "schema": { "description": "\u{1}".repeat(*schema / 6) },
        })).collect();
        let index = declaring(&json!(types));
        let event = ExtensionEvent::from(index.declared.clone());
        let packed = rmp_serde::to_vec_named(&Body(&event)).unwrap();
        prop_assert!(packed.len() <= EVENT_BYTES_MAX, "{} bytes", packed.len());
        let mut reader = rmp_serde::Deserializer::new(&packed[..]);
        let again = ExtensionEvent::deserialize_body(event.wire_name(), &mut reader).unwrap();
        prop_assert_eq!(again, Some(event));
    }
}
