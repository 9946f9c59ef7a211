//! What each kind's handler expects in the `cinatra` block. Deviations are warnings.
//!
//! Source: seed 004 (kinds, naming table) and settled.md 22, 26.

use serde_json::{Map, Value};

use super::super::Kind;
use super::super::warning::Warning;
use super::Manifest;

/// Keys that any kind may carry.
const COMMON_KEYS: &[&str] = &[
    "agentDependencies",
    "apiVersion",
    "connectorDependencies",
    "consumes",
    "dependencies",
    "displayName",
    "fieldRenderers",
    "kind",
    "logo",
    "origin",
    "roles",
    "vendor",
];

const AGENT_KEYS: &[&str] = &[
    "executionProvider",
    "hasApprovalGates",
    "manifestVersion",
    "ownerOrgId",
    "packageType",
    "produces",
    "riskLevel",
    "sourceTemplateId",
    "sourceVersionId",
    "sourceVersionNumber",
    "toolAccess",
    "type",
    "uiAdapter",
];

const SKILL_KEYS: &[&str] = &["capabilities", "skillRole", "vendoredFrom"];

const FLOW_TYPES: &[&str] = &[
    "leaf",
    "proxy",
    "orchestrator",
    "parallel",
    "supervisor",
    "iterative",
    "node",
    "flow",
];

const RISK_LEVELS: &[&str] = &["low", "medium", "high", "critical"];

/// Appends what does not conform.
pub(super) fn inspect(manifest: &Manifest, warnings: &mut Vec<Warning>) {
    let package = manifest.name.as_str();
    let mut warn = |code: &str, message: String| {
        warnings.push(Warning::new(code, package, message));
    };
    let block = &manifest.block;
    match manifest.kind {
        Kind::Agent => {
            unknown_keys(block, AGENT_KEYS, &mut warn);
            inspect_agent(manifest, &mut warn);
        }
        Kind::Artifact => {
            unknown_keys(block, &["artifact"], &mut warn);
            inspect_artifact(block, &mut warn);
        }
        // Connectors ship with the build; their blocks are read by it, not by us.
        Kind::Connector => inspect_connector(block, &mut warn),
        Kind::Skill => unknown_keys(block, SKILL_KEYS, &mut warn),
        Kind::Workflow => {
            unknown_keys(block, &["workflow", "workflowVersion"], &mut warn);
            inspect_workflow(block, &mut warn);
        }
    }
}

fn unknown_keys(block: &Map<String, Value>, own: &[&str], warn: &mut impl FnMut(&str, String)) {
    let unknown: Vec<&str> = block
        .keys()
        .map(String::as_str)
        .filter(|key| !COMMON_KEYS.contains(key) && !own.contains(key))
        .collect();
    if !unknown.is_empty() {
        let message = format!(
            "cinatra has keys of unknown meaning: {}",
            unknown.join(", ")
        );
        warn("MANIFEST_KEYS_UNKNOWN", message);
    }
}

fn inspect_agent(manifest: &Manifest, warn: &mut impl FnMut(&str, String)) {
    let block = &manifest.block;
    let mut expect = |key: &str, fits: &dyn Fn(&Value) -> bool, expected: &str| {
        if block.get(key).is_some_and(|value| !fits(value)) {
            warn(FIELD, format!("cinatra.{key} is not {expected}"));
        }
    };
    expect("packageType", &|v| v == "agent", "\"agent\"");
    expect("manifestVersion", &|v| v == 1, "1");
    expect("type", &|v| is_one_of(v, FLOW_TYPES), "a type of agent");
    expect("riskLevel", &|v| is_one_of(v, RISK_LEVELS), "a risk level");
    expect("hasApprovalGates", &Value::is_boolean, "true or false");
    expect("toolAccess", &is_texts, "a list of names");
    expect("produces", &Value::is_array, "a list");
    if manifest.has_npm_dependencies {
        let message = "npm dependencies of an agent are ignored".to_owned();
        warn("NPM_DEPENDENCIES_IGNORED", message);
    }
}

fn inspect_artifact(block: &Map<String, Value>, warn: &mut impl FnMut(&str, String)) {
    let Some(artifact) = block.get("artifact").and_then(Value::as_object) else {
        warn(
            "ARTIFACT_BLOCK_MISSING",
            "cinatra.artifact is not an object".to_owned(),
        );
        return;
    };
    let accepts = artifact.get("accepts");
    let accepted = |pointer: &str| accepts.and_then(|accepts| accepts.pointer(pointer));
    let is_mime_list = |list: &Value| is_texts(list) && list != &Value::Array(Vec::new());
    let accepts_something = accepted("/file/mimeTypes").is_some_and(is_mime_list)
        || accepted("/connectorRef/resolvedMimeTypes").is_some_and(is_mime_list)
        || accepted("/dashboard") == Some(&Value::Bool(true));
    if !accepts_something {
        let message = "cinatra.artifact.accepts names no file, connectorRef or dashboard";
        warn("ARTIFACT_ACCEPTS_NOTHING", message.to_owned());
    }
    if artifact.contains_key("artifactType") {
        let message = "cinatra.artifact.artifactType is of the old substrate: use objectTypes";
        warn(FIELD, message.to_owned());
    }
    let threshold = artifact.get("matcherConfidenceThreshold");
    if threshold.is_some_and(|t| !t.as_f64().is_some_and(|t| (0.0..=1.0).contains(&t))) {
        let message = "cinatra.artifact.matcherConfidenceThreshold is not within 0 and 1";
        warn(FIELD, message.to_owned());
    }
    let types = artifact.get("objectTypes");
    let is_object_type = |entry: &Value| entry.get("type").is_some_and(Value::is_string);
    let is_type_list = |list: &Value| {
        list.as_array()
            .is_some_and(|l| l.iter().all(is_object_type))
    };
    if types.is_some_and(|types| !is_type_list(types)) {
        let message = "cinatra.artifact.objectTypes has an entry without a type";
        warn(FIELD, message.to_owned());
    }
}

fn inspect_connector(block: &Map<String, Value>, warn: &mut impl FnMut(&str, String)) {
    let visibility = block.get("visibility");
    if visibility.is_some_and(|stated| !is_one_of(stated, &["admin", "workspace"])) {
        let message = "cinatra.visibility is not admin or workspace".to_owned();
        warn(FIELD, message);
    }
}

fn inspect_workflow(block: &Map<String, Value>, warn: &mut impl FnMut(&str, String)) {
    let version = block.get("workflowVersion").and_then(Value::as_u64);
    if version.is_none_or(|version| version == 0) {
        let message = "cinatra.workflowVersion is not a positive number".to_owned();
        warn("MANIFEST_WORKFLOW_VERSION_MISSING", message);
    }
    if block.contains_key("workflow") {
        let message = "cinatra.workflow defines inline what belongs into cinatra/workflow.bpmn";
        warn("BPMN_INLINE_DEFINITION_FORBIDDEN", message.to_owned());
    }
}

const FIELD: &str = "MANIFEST_FIELD_UNEXPECTED";

fn is_one_of(value: &Value, allowed: &[&str]) -> bool {
    value.as_str().is_some_and(|text| allowed.contains(&text))
}

fn is_texts(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|entries| entries.iter().all(Value::is_string))
}
