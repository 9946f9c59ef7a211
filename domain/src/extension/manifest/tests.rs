//! What is refused, what is only reported, and how edges are read.

use serde_json::{Value, json};

use super::*;
use crate::extension::{EdgeType, Requirement};

/// A conforming agent with `patch` merged into its `cinatra` block; null removes a key.
fn agent(patch: &Value) -> Value {
    let mut package = json!({
        "name": "@acme/mail-agent",
        "version": "1.0.0",
        "cinatra": { "apiVersion": "cinatra.ai/v1", "kind": "agent" },
    });
    for (key, value) in patch.as_object().unwrap() {
        package["cinatra"][key] = value.clone();
    }
    package
}

fn edge(target: &str) -> Value {
    json!({
        "packageName": target,
        "edgeType": "runtime",
        "versionConstraint": { "kind": "semver-range", "range": "^1.0.0" },
        "requirement": "required",
    })
}

fn read(package: &Value) -> (Manifest, Vec<String>) {
    let (manifest, warnings) = parse(package).unwrap();
    (manifest, warnings.into_iter().map(|w| w.code).collect())
}

fn refusal(package: &Value) -> (String, Value) {
    let invalid = parse(package).unwrap_err();
    (
        invalid.code().to_owned(),
        invalid.details()["field"].clone(),
    )
}

#[test]
fn a_minimal_manifest_is_read_without_a_warning() {
    let (manifest, warnings) = read(&agent(&json!({})));
    assert_eq!(manifest.name.as_str(), "@acme/mail-agent");
    assert_eq!(
        (manifest.kind, manifest.scope.as_str()),
        (Kind::Agent, "@acme")
    );
    assert_eq!(manifest.visibility, Visibility::Public);
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn what_identifies_a_package_is_required() {
    let with = |key: &str, value: Value| {
        let mut package = agent(&json!({}));
        package[key] = value;
        package
    };
    for (package, field) in [
        (with("name", Value::Null), "name"),
        (with("name", json!("Acme")), "name"),
        (with("name", json!(7)), "name"),
        (with("version", Value::Null), "version"),
        (with("version", json!("1.0")), "version"),
        (with("version", json!("../../x")), "version"),
        (with("cinatra", Value::Null), "cinatra"),
        (with("cinatra", json!({})), "cinatra.kind"),
        (agent(&json!({ "kind": null })), "cinatra.kind"),
        (agent(&json!({ "kind": ["agent"] })), "cinatra.kind"),
    ] {
        assert_eq!(
            refusal(&package),
            ("MANIFEST_INVALID".to_owned(), json!(field))
        );
    }
    for kind in ["skills", "dashboard", "Agent", ""] {
        let (code, _) = refusal(&agent(&json!({ "kind": kind })));
        assert_eq!(code, "UNKNOWN_KIND");
    }
}

#[test]
fn what_is_not_a_json_object_is_unreadable() {
    for bytes in [&b"{"[..], b"[]", b"7", b"", b"\xff\xfe"] {
        assert_eq!(parse_bytes(bytes).unwrap_err().code(), "MANIFEST_INVALID");
    }
    let deep = "[".repeat(100_000);
    assert!(parse_bytes(deep.as_bytes()).is_err());
    let marked = [
        b"\xef\xbb\xbf".to_vec(),
        agent(&json!({})).to_string().into_bytes(),
    ]
    .concat();
    assert!(parse_bytes(&marked).is_ok());
}

#[test]
fn malformed_edges_are_refused_with_their_place() {
    let changed = |key: &str, value: Value| {
        let mut edge = edge("@acme/b-agent");
        edge[key] = value;
        json!({ "dependencies": [edge] })
    };
    let first = |key: &str| format!("cinatra.dependencies[0]{key}");
    for (patch, field) in [
        (
            json!({ "dependencies": null }),
            "cinatra.dependencies".to_owned(),
        ),
        (
            json!({ "dependencies": {} }),
            "cinatra.dependencies".to_owned(),
        ),
        (json!({ "dependencies": ["@acme/b-agent"] }), first("")),
        (changed("packageName", Value::Null), first(".packageName")),
        (
            changed("packageName", json!("lodash")),
            first(".packageName"),
        ),
        (
            changed("packageName", json!("@acme/mail-agent")),
            first(".packageName"),
        ),
        (changed("kind", json!("dashboard")), first(".kind")),
        (changed("edgeType", json!("dev")), first(".edgeType")),
        (changed("edgeType", Value::Null), first(".edgeType")),
        (changed("requirement", json!(true)), first(".requirement")),
        (
            changed("versionConstraint", Value::Null),
            first(".versionConstraint"),
        ),
        (
            changed("versionConstraint", json!("^1")),
            first(".versionConstraint"),
        ),
        (
            changed(
                "versionConstraint",
                json!({ "kind": "semver-range", "range": "no range" }),
            ),
            first(".versionConstraint"),
        ),
        (
            json!({ "dependencies": [edge("@acme/b-agent"), edge("@acme/b-agent")] }),
            "cinatra.dependencies[1].packageName".to_owned(),
        ),
        (
            json!({ "agentDependencies": null }),
            "cinatra.agentDependencies".to_owned(),
        ),
        (
            json!({ "agentDependencies": ["@acme/b"] }),
            "cinatra.agentDependencies".to_owned(),
        ),
        (
            json!({ "agentDependencies": { "@acme/b": 1 } }),
            "cinatra.agentDependencies[\"@acme/b\"]".to_owned(),
        ),
        (
            json!({ "connectorDependencies": { "b": "*" } }),
            "cinatra.connectorDependencies[\"b\"]".to_owned(),
        ),
        (
            json!({ "kind": "artifact", "artifact": { "agentDependencies": "@acme/b" } }),
            "cinatra.artifact.agentDependencies".to_owned(),
        ),
    ] {
        let found = refusal(&agent(&patch));
        assert_eq!(found, ("DEPENDENCY_MALFORMED".to_owned(), json!(field)));
    }
}

#[test]
fn every_form_of_edge_is_read() {
    let (manifest, warnings) = read(&agent(&json!({
        "agentDependencies": { "@acme/b-agent": "", "@acme/c-agent": "latest" },
        "connectorDependencies": { "@acme/mail-connector": "^9.0.0" },
        "produces": [{ "extension": "@acme/note-artifact" }, { "extension": 7 }, "x"],
    })));
    assert_eq!(warnings, Vec::<String>::new());
    let found: Vec<_> = manifest
        .dependencies
        .iter()
        .map(|edge| {
            (
                edge.package_name.as_str(),
                edge.range.as_str(),
                edge.kind,
                edge.blocks(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("@acme/b-agent", "*", None, true),
            ("@acme/c-agent", "latest", None, true),
            (
                "@acme/mail-connector",
                "^9.0.0",
                Some(Kind::Connector),
                false
            ),
            ("@acme/note-artifact", "*", Some(Kind::Artifact), false),
        ]
    );
}

#[test]
fn constraints_are_read_in_their_three_kinds() {
    let range = |constraint: Value| {
        let mut edge = edge("@acme/b-agent");
        edge["versionConstraint"] = constraint;
        let (manifest, _) = read(&agent(&json!({ "dependencies": [edge] })));
        manifest.dependencies[0].range.clone()
    };
    assert_eq!(
        range(json!({ "kind": "semver-range", "range": " ~1.2 " })),
        "~1.2"
    );
    assert_eq!(range(json!({ "kind": "semver-range", "range": "" })), "*");
    assert_eq!(
        range(json!({ "kind": "exact", "version": "1.2.3" })),
        "1.2.3"
    );
    assert_eq!(
        range(json!({ "kind": "git-ref", "ref": "main" })),
        "git+main"
    );
    assert_eq!(
        range(json!({ "kind": "git-ref", "ref": "acme/b#v1" })),
        "acme/b#v1"
    );
}

#[test]
fn where_forms_disagree_the_typed_list_wins_and_the_drift_is_reported() {
    let (manifest, warnings) = read(&agent(&json!({
        "dependencies": [edge("@acme/b-agent")],
        "agentDependencies": { "@acme/b-agent": "^1.1.0" },
    })));
    assert_eq!(manifest.dependencies[0].range, "^1.0.0");
    assert_eq!(warnings, ["DEPENDENCY_DRIFT"]);

    let (manifest, warnings) = read(&agent(&json!({
        "dependencies": [],
        "agentDependencies": { "@acme/b-agent": "^1.1.0" },
    })));
    assert!(manifest.dependencies[0].blocks());
    assert_eq!(warnings, ["DEPENDENCY_DRIFT"]);

    let mut optional = edge("@acme/b-agent");
    optional["requirement"] = json!("optional");
    let (manifest, warnings) = read(&agent(&json!({
        "dependencies": [optional],
        "agentDependencies": { "@acme/b-agent": "^1.0.0" },
    })));
    assert_eq!(manifest.dependencies[0].requirement, Requirement::Optional);
    assert_eq!(warnings, ["DEPENDENCY_DRIFT"]);

    let (_, warnings) = read(&agent(&json!({
        "dependencies": [edge("@acme/b-agent")],
        "agentDependencies": { "@acme/b-agent": "^1.0.0" },
    })));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn an_artifact_refers_to_agents_softly() {
    let (manifest, warnings) = read(&json!({
        "name": "@acme/note-artifact",
        "version": "1.0.0",
        "cinatra": {
            "apiVersion": "cinatra.ai/v1",
            "kind": "artifact",
            "artifact": {
                "accepts": { "file": { "mimeTypes": ["text/plain"] } },
                "agentDependencies": ["@acme/b-agent"],
                "objectTypes": [{ "type": "@acme/note-artifact:note", "claim": "dedicated" }],
            },
        },
    }));
    assert_eq!(warnings, Vec::<String>::new());
    let edge = &manifest.dependencies[0];
    assert_eq!(
        (edge.edge_type, edge.requirement),
        (EdgeType::Runtime, Requirement::Optional)
    );
}

#[test]
fn what_a_handler_would_not_expect_is_reported() {
    for (patch, code) in [
        (json!({ "riskLevel": "none" }), "MANIFEST_FIELD_UNEXPECTED"),
        (json!({ "packageType": "app" }), "MANIFEST_FIELD_UNEXPECTED"),
        (
            json!({ "hasApprovalGates": "yes" }),
            "MANIFEST_FIELD_UNEXPECTED",
        ),
        (json!({ "surprise": 1 }), "MANIFEST_KEYS_UNKNOWN"),
        (json!({ "kind": "artifact" }), "ARTIFACT_BLOCK_MISSING"),
        (
            json!({ "kind": "artifact", "artifact": {} }),
            "ARTIFACT_ACCEPTS_NOTHING",
        ),
        (
            json!({ "kind": "workflow" }),
            "MANIFEST_WORKFLOW_VERSION_MISSING",
        ),
        (
            json!({ "kind": "workflow", "workflowVersion": 1, "workflow": {} }),
            "BPMN_INLINE_DEFINITION_FORBIDDEN",
        ),
        (
            json!({ "kind": "connector", "visibility": "all" }),
            "MANIFEST_FIELD_UNEXPECTED",
        ),
    ] {
        assert_eq!(read(&agent(&patch)).1, [code]);
    }
    let mut package = agent(&json!({}));
    package["dependencies"] = json!({ "left-pad": "^1.0.0" });
    assert_eq!(read(&package).1, ["NPM_DEPENDENCIES_IGNORED"]);
}

#[test]
fn a_visibility_that_nobody_knows_is_private() {
    let visibility = |stated: Value| {
        let origin = json!({ "origin": { "visibility": stated, "scope": "@other" } });
        let (manifest, _) = read(&agent(&origin));
        assert_eq!(manifest.scope, "@other");
        manifest.visibility
    };
    assert_eq!(visibility(json!("public")), Visibility::Public);
    assert_eq!(visibility(json!("locked_public")), Visibility::Public);
    assert_eq!(visibility(json!("private")), Visibility::Private);
    assert_eq!(visibility(json!("secret")), Visibility::Private);
    assert_eq!(visibility(json!(1)), Visibility::Private);
}

#[test]
fn texts_of_a_manifest_are_cut() {
    let mut package = agent(&json!({ "displayName": "x\u{0}y".repeat(200) }));
    package["description"] = json!("d".repeat(1_000_000));
    let (manifest, _) = read(&package);
    assert_eq!(manifest.display_name.unwrap().chars().count(), 120);
    assert_eq!(manifest.description.unwrap().chars().count(), 1000);
    package["name"] = json!("n".repeat(1_000_000));
    assert!(parse(&package).unwrap_err().to_string().len() < 1000);
}
