//! The files that each kind must have, and what must agree between them.

use serde_json::Value;

use super::super::{CONTEXT_SELECTION, Kind, Warning};
use super::Package;
use super::lists::{REQUIRED_FILES, pairs};

/// The descriptor of an agent.
pub(super) const OAS: &str = "cinatra/oas.json";
const BPMN: &str = "cinatra/workflow.bpmn";
const DASHBOARD: &str = "cinatra/dashboard.json";

/// What is missing, doubled or in disagreement.
pub(super) fn inspect(package: &Package<'_>) -> Vec<Warning> {
    let name = package.manifest.name.as_str();
    let mut warnings = Vec::new();
    let missing = missing_files(package);
    if !missing.is_empty() {
        let message = format!("missing: {}", missing.join(", "));
        warnings.push(Warning::new("REQUIRED_FILE_MISSING", name, message));
    }
    match package.manifest.kind {
        Kind::Agent => inspect_oas(package, &mut warnings),
        Kind::Workflow => inspect_sidecars(package, &mut warnings),
        Kind::Artifact | Kind::Connector | Kind::Skill => {}
    }
    warnings
}

/// Required files that are absent.
fn missing_files(package: &Package<'_>) -> Vec<String> {
    let subtype = match package.manifest.kind {
        Kind::Connector if package.files.contains("src/facade.ts") => "facade",
        Kind::Connector => "provider",
        kind @ (Kind::Agent | Kind::Artifact | Kind::Skill | Kind::Workflow) => kind.as_str(),
    };
    let slug = package.manifest.name.slug();
    let stem = slug
        .strip_suffix(package.manifest.kind.name_suffix())
        .unwrap_or(slug);
    pairs(REQUIRED_FILES)
        .filter(|(kind, _)| *kind == subtype)
        .map(|(_, path)| path.replace("{slug}", stem))
        .filter(|path| !is_present(package, path))
        .collect()
}

/// Whether a path exists; `*` stands for one folder of any name.
fn is_present(package: &Package<'_>, pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return package.files.contains(pattern);
    };
    package.files.paths().any(|path| {
        path.strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|folder| !folder.is_empty() && !folder.contains('/'))
    })
}

/// What the descriptor says about the package has to agree with the manifest.
fn inspect_oas(package: &Package<'_>, warnings: &mut Vec<Warning>) {
    let Some(bytes) = package.files.content(OAS) else {
        return;
    };
    let manifest = package.manifest;
    let name = manifest.name.as_str();
    let mut warn = |code, message: String| warnings.push(Warning::new(code, name, message));
    let Ok(oas) = serde_json::from_slice::<Value>(bytes) else {
        warn("OAS_UNREADABLE", format!("{OAS} is not JSON"));
        return;
    };
    let stated = |key: &str| oas.pointer(&format!("/metadata/cinatra/{key}"));
    let text = |key: &str| stated(key).and_then(Value::as_str);
    if let Some(version) = text("packageVersion").filter(|v| *v != manifest.version.as_str()) {
        let message = format!(
            "{OAS} is of {version}, package.json of {}",
            manifest.version
        );
        warn("OAS_VERSION_DRIFT", message);
    }
    if let Some(other) = text("packageName").filter(|n| *n != name) {
        warn("OAS_NAME_DRIFT", format!("{OAS} calls the package {other}"));
    }
    let is_filled = |key: &str| {
        let entries = stated(key).and_then(Value::as_array);
        entries.is_some_and(|entries| !entries.is_empty())
    };
    let has_gates = is_filled("hitlScreens") || has_component(&oas, "InputMessageNode");
    let claimed = manifest.block.get("hasApprovalGates");
    if let Some(claimed) = claimed.and_then(Value::as_bool).filter(|c| *c != has_gates) {
        let message = format!("hasApprovalGates is {claimed}, the flow says {has_gates}");
        warn("APPROVAL_GATES_DRIFT", message);
    }
    // Whoever declares context slots declares this agent, and nobody else does.
    let declares_selection = manifest
        .dependencies
        .iter()
        .any(|edge| edge.package_name == CONTEXT_SELECTION);
    if is_filled("contextSlots") != declares_selection && name != CONTEXT_SELECTION {
        let message =
            format!("{CONTEXT_SELECTION} is declared exactly by agents with contextSlots");
        warn("CONTEXT_SELECTION_DRIFT", message);
    }
}

/// Whether a component of a type stands anywhere in a flow, sub-flows included.
fn has_component(value: &Value, component_type: &str) -> bool {
    match value {
        Value::Object(object) => {
            object
                .get("component_type")
                .is_some_and(|t| t == component_type)
                || object.values().any(|v| has_component(v, component_type))
        }
        Value::Array(list) => list.iter().any(|v| has_component(v, component_type)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A workflow has exactly one definition, and a dashboard of the known version.
fn inspect_sidecars(package: &Package<'_>, warnings: &mut Vec<Warning>) {
    let name = package.manifest.name.as_str();
    let nested = |path: &str| path != BPMN && path.rsplit('/').next() == Some("workflow.bpmn");
    if let Some(path) = package.files.paths().find(|path| nested(path)) {
        let message = format!("{path} is a second definition beside {BPMN}");
        warnings.push(Warning::new("BPMN_SIDECAR_DUPLICATE", name, message));
    }
    if let Some(bytes) = package.files.content(DASHBOARD) {
        let dashboard = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        if dashboard.get("apiVersion").is_none_or(|v| v != "v1.2") {
            let message = format!("{DASHBOARD} is not of apiVersion v1.2");
            warnings.push(Warning::new("DASHBOARD_API_VERSION", name, message));
        }
    }
}
