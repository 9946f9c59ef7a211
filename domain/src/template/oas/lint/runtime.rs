//! What would go wrong, or other than meant, while a flow runs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::document::{
    ApiDocument, BASE_URL, Document, FlowDocument, NodeDocument, PropertyDocument,
};
use super::super::finding::{Findings, Place};
use super::super::infer::names_of;
use super::super::placeholder::{in_value, is_environment, named};
use super::{bridges, calls, is_internal};

pub(super) fn check(flow: &FlowDocument, document: &Document, findings: &mut Findings) {
    for node in &flow.nodes {
        environment(node, findings);
        for property in node.inputs().iter().chain(node.outputs()) {
            number(property, findings);
        }
    }
    for (api, place) in calls(flow) {
        call(api, place, findings);
    }
    let root = document.flows.first();
    let is_said = |key: &str| {
        let blocks = root.into_iter().chain([flow]).map(|flow| &flow.block);
        blocks.into_iter().any(|block| block.contains_key(key))
    };
    for (api, place) in bridges(flow) {
        bridge(api, place, &is_said, findings);
    }
    // What a flow below wants, the flow above gives.
    if let Some(start) = flow
        .starts()
        .next()
        .filter(|_| flow.place == Place::default())
    {
        required(start, findings);
    }
}

/// A variable that nobody replaces stays in the text.
fn environment(node: &NodeDocument, findings: &mut Findings) {
    let declared: BTreeSet<&str> = node.inputs().iter().map(|i| i.title.as_str()).collect();
    let base = BASE_URL.trim_matches(['{', '}']);
    for name in names_of(node, named) {
        if is_environment(&name) && name != base && !declared.contains(name.as_str()) {
            let message = format!("{name} is no variable that is replaced");
            findings.warning("ENVIRONMENT_UNKNOWN", &node.place, message);
        }
    }
}

fn number(property: &PropertyDocument, findings: &mut Findings) {
    let is_number = property
        .written
        .get("type")
        .is_some_and(|stated| stated == "number");
    let default = property.written.get("default");
    if is_number && default.is_some_and(|value| value.is_i64() || value.is_u64()) {
        let message = format!("{} is a number, its default an integer", property.title);
        findings.suggestion("OAS-RUNTIME-003", &property.place, message);
    }
}

fn call(api: &ApiDocument, place: &Place, findings: &mut Findings) {
    if !is_internal(&api.url) {
        let message = format!("calls {}, which is no address of this instance", api.url);
        findings.warning("untrusted_external_url", &place.key("url"), message);
    }
    let data = in_value(&api.data, ternaries);
    if !data.is_empty() || !ternaries(&api.url).is_empty() {
        let message = "a template decides with ? and :, which templates do not know";
        findings.blocker("OAS-RUNTIME-002", &place.key("data"), message);
    }
    let is_for_run = ["/api/llm-bridge", "/api/agents/passthrough"];
    let is_for_run = is_for_run.iter().any(|path| api.url.ends_with(path));
    if is_for_run && api.data.get("agent_run_id").is_none() {
        let message = "does not say for which run it calls: agent_run_id is missing";
        findings.warning("OAS-RUNTIME-004", &place.key("data"), message);
    }
}

fn bridge(
    api: &ApiDocument,
    place: &Place,
    is_said: &impl Fn(&str) -> bool,
    findings: &mut Findings,
) {
    let place = place.key("data");
    if api
        .data
        .get("agent_id")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        let message = "calls a model without agent_id";
        findings.blocker("llm_bridge_missing_agent_id", &place, message);
    }
    if api.data.get("cinatra_llm").is_none() && !is_said("llm") {
        let message = "neither the node nor the flow says which model is preferred";
        findings.suggestion("OAS-RUNTIME-006", &place, message);
    }
    if api.data.get("toolbox_ids").is_none() && !is_said("toolboxes") {
        let message = "neither the node nor the flow says which tools there are";
        findings.suggestion("OAS-RUNTIME-007", &place, message);
    }
}

fn required(start: &NodeDocument, findings: &mut Findings) {
    let place = start.place.key("metadata").key("cinatra").key("required");
    let Some(stated) = start.block.get("required") else {
        if !start.inputs().is_empty() {
            let message = "the StartNode does not say which of its inputs are required";
            findings.warning("start_node_inputs_without_required", &start.place, message);
        }
        return;
    };
    for name in stated.as_array().into_iter().flatten() {
        let is_input = |input: &PropertyDocument| *name == input.title;
        if !start.inputs().iter().any(is_input) {
            let message = format!("{name} is required and no input");
            findings.warning("REQUIRED_INPUT_UNKNOWN", &place, message);
        }
    }
}

/// Expressions of another language: `{{ a ? b : c }}`.
fn ternaries(text: &str) -> BTreeSet<String> {
    let mut parts = text.split("{{").skip(1);
    let is_ternary = |part: &str| {
        let inner = part.split_once("}}").map_or("", |(inner, _)| inner);
        let is_quoted = inner.contains(['\'', '"']);
        !is_quoted
            && inner
                .split_once('?')
                .is_some_and(|(_, after)| after.contains(':'))
    };
    let found = parts.any(is_ternary);
    found.then(|| text.to_owned()).into_iter().collect()
}
