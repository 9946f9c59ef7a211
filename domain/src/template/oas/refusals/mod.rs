//! Corrupt documents: each is refused with everything that is wrong with it.

mod graph;
mod interface;
mod parts;

use serde_json::{Value, json};

use super::samples::*;

type Change = fn(&mut Value);

/// What keeps a sample from running after a change, each fault once.
fn faults(sample: &str, change: Change) -> Vec<String> {
    let refused = changed(sample, change).unwrap_err();
    let codes = codes(&refused.findings, Severity::Blocker);
    codes.into_iter().map(str::to_owned).collect()
}

fn each(sample: &str, cases: &[(&str, Change, &[&str])]) {
    for (what, change, expected) in cases {
        assert_eq!(faults(sample, *change), *expected, "{what}");
    }
}

fn refused(text: &str) -> Vec<String> {
    let refused = compile(text.as_bytes(), &package()).unwrap_err();
    refused
        .findings
        .into_iter()
        .map(|finding| finding.code)
        .collect()
}

#[test]
fn what_is_no_document() {
    assert_eq!(refused(""), ["OAS_UNREADABLE"]);
    assert_eq!(refused("[]"), ["OAS_UNREADABLE"]);
    assert_eq!(refused("{\"a\":"), ["OAS_UNREADABLE"]);
    let deep = "[".repeat(100_000);
    assert_eq!(refused(&deep), ["OAS_UNREADABLE"]);
    let large = format!("{SINGLE}{}", " ".repeat(OAS_BYTES_MAX));
    assert_eq!(refused(&large), ["OAS_TOO_LARGE"]);
    let all = [
        "AGENTSPEC_VERSION_UNSUPPORTED",
        "AGENT_TYPE_UNKNOWN",
        "ROOT_NOT_A_FLOW",
    ];
    assert_eq!(refused("{}"), all);
}

#[test]
fn the_root() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "another version",
            |d| set(d, "/agentspec_version", "26.1.2"),
            &["AGENTSPEC_VERSION_UNSUPPORTED"],
        ),
        (
            "no version",
            |d| remove(d, "/agentspec_version"),
            &["AGENTSPEC_VERSION_UNSUPPORTED"],
        ),
        (
            "no Flow",
            |d| set(d, "/component_type", "Agent"),
            &["ROOT_NOT_A_FLOW"],
        ),
        (
            "another type of agent",
            |d| set(d, "/metadata/cinatra/type", "robot"),
            &["AGENT_TYPE_UNKNOWN"],
        ),
        (
            "no metadata",
            |d| remove(d, "/metadata"),
            &["AGENT_TYPE_UNKNOWN"],
        ),
        (
            "legacy keys",
            |d| {
                set(d, "/componentType", "flow");
                set(d, "/prompt", "Hello.");
                set(d, "/compiledPlan", json!([]));
            },
            &["LEGACY_KEY", "LEGACY_KEY", "LEGACY_KEY"],
        ),
        (
            "nodes of another type",
            |d| set(d, "/nodes", "start"),
            &[
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "END_NODE_MISSING",
                "FIELD_TYPE",
                "START_NODE_COUNT",
            ],
        ),
    ];
    each(SINGLE, cases);
}

#[test]
fn references() {
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "to nothing",
            |d| {
                set(
                    d,
                    "/control_flow_connections/1/to_node",
                    json!({ "$component_ref": "exit" }),
                );
            },
            &["END_NODE_NOT_ENTERED", "REFERENCE_UNRESOLVED"],
        ),
        (
            "to nothing, from what nobody uses",
            |d| {
                set(
                    d,
                    "/$referenced_components/spare",
                    json!({ "$component_ref": "exit" }),
                );
            },
            &["REFERENCE_UNRESOLVED"],
        ),
        (
            "to what is no text",
            |d| set(d, "/start_node", json!({ "$component_ref": 7 })),
            &["REFERENCE_UNRESOLVED"],
        ),
        (
            "in a circle",
            |d| {
                set(
                    d,
                    "/$referenced_components/a",
                    json!({ "$component_ref": "b" }),
                );
                set(
                    d,
                    "/$referenced_components/b",
                    json!({ "$component_ref": "a" }),
                );
            },
            &["REFERENCE_CYCLE", "REFERENCE_CYCLE"],
        ),
        (
            "without a table",
            |d| set(d, "/$referenced_components", json!([])),
            &[
                "END_NODE_MISSING",
                "FIELD_TYPE",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "REFERENCE_UNRESOLVED",
                "START_NODE_COUNT",
            ],
        ),
        (
            "a text instead of one",
            |d| set(d, "/nodes/1", "greet"),
            &[
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "EDGE_NODE_UNKNOWN",
                "FIELD_TYPE",
            ],
        ),
    ];
    each(SINGLE, cases);
}

#[test]
fn all_faults_are_told_at_once_and_where_they_are() {
    let refused = changed(SINGLE, |document| {
        set(document, "/agentspec_version", "25.4.1");
        set(document, "/executionMode", "sync");
        set(document, "/$referenced_components/greet/url", 7);
        remove(document, "/control_flow_connections/1");
    });
    let refused = refused.unwrap_err();
    let told: Vec<_> = refused
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Blocker)
        .map(|f| (f.code.as_str(), f.path.as_str(), f.node_id.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("AGENTSPEC_VERSION_UNSUPPORTED", "/agentspec_version", None),
            ("LEGACY_KEY", "/executionMode", None),
            (
                "FIELD_TYPE",
                "/$referenced_components/greet/url",
                Some("greet")
            ),
            (
                "END_NODE_NOT_ENTERED",
                "/$referenced_components/end",
                Some("end")
            ),
        ]
    );
    assert_eq!(
        refused.to_string(),
        "the flow has 4 findings that keep it from running"
    );
}

#[test]
fn what_is_told_is_bounded() {
    let refused = changed(SINGLE, |document| {
        let edges: Vec<Value> = (0..2_000)
            .map(|_| json!({ "component_type": "Edge" }))
            .collect();
        set(document, "/data_flow_connections", edges);
    });
    let findings = refused.unwrap_err().findings;
    assert_eq!(codes(&findings, Severity::Blocker).len(), FINDINGS_MAX);
    assert_eq!(findings.last().unwrap().code, "FINDINGS_LEFT_OUT");
}
