//! What Cinatra asks of the root beside what the specification does. Source: spec/runs.md 4.3.

use serde_json::{Map, Value};

use super::super::finding::{Findings, Place};

/// The version of the specification that is read.
pub const AGENTSPEC_VERSION: &str = "26.1.0";

/// What an agent may call itself.
const TYPES: &[&str] = &["orchestrator", "leaf", "node", "flow"];

/// Keys of formats before this one, or of what is derived and never written.
const LEGACY_KEYS: &[&str] = &[
    "componentType",
    "formatVersion",
    "executionMode",
    "approvalPolicy",
    "compiledPlan",
    "inputSchema",
    "outputSchema",
    "prompt",
    "taskSpec",
];

pub(super) fn check(body: &Map<String, Value>, findings: &mut Findings) {
    let place = Place::default();
    if body.get("agentspec_version").and_then(Value::as_str) != Some(AGENTSPEC_VERSION) {
        let message = format!("agentspec_version is not \"{AGENTSPEC_VERSION}\"");
        let place = place.key("agentspec_version");
        findings.blocker("AGENTSPEC_VERSION_UNSUPPORTED", &place, message);
    }
    for key in LEGACY_KEYS.iter().filter(|key| body.contains_key(**key)) {
        let message = format!("{key} belongs to a format that is not read any more");
        findings.blocker("LEGACY_KEY", &place.key(key), message);
    }
    let stated = body
        .get("metadata")
        .and_then(|m| m.get("cinatra")?.get("type"));
    if !stated
        .and_then(Value::as_str)
        .is_some_and(|text| TYPES.contains(&text))
    {
        let message = format!("metadata.cinatra.type is none of {}", TYPES.join(", "));
        let place = place.key("metadata").key("cinatra").key("type");
        findings.blocker("AGENT_TYPE_UNKNOWN", &place, message);
    }
}

pub(super) fn is_flow(body: &Map<String, Value>, findings: &mut Findings) -> bool {
    let is_flow = body.get("component_type").and_then(Value::as_str) == Some("Flow");
    if !is_flow {
        let place = Place::default().key("component_type");
        findings.blocker("ROOT_NOT_A_FLOW", &place, "the document is not a Flow");
    }
    is_flow
}
