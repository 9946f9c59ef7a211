//! What a flow says about the model that it wants.

use serde_json::{Map, Value};

use super::super::document::FlowDocument;
use super::super::finding::{Findings, Place};
use super::bridges;

/// Providers that an instance can be given a key of.
const PROVIDERS: &[&str] = &["anthropic", "gemini", "google", "openai"];

pub(super) fn check(flow: &FlowDocument, findings: &mut Findings) {
    let place = flow.place.key("metadata").key("cinatra").key("llm");
    if let Some(stated) = flow.block.get("llm") {
        preference(stated, &place, findings);
        if bridges(flow).next().is_none() {
            let message = "a model is preferred, and no node of this flow calls one";
            findings.suggestion("OAS-LLM-004", &place, message);
        }
    }
    for (api, place) in bridges(flow) {
        if let Some(stated) = api.data.get("cinatra_llm") {
            preference(stated, &place.key("data").key("cinatra_llm"), findings);
        }
    }
}

fn preference(stated: &Value, place: &Place, findings: &mut Findings) {
    let Some(stated) = stated.as_object() else {
        findings.warning("OAS-LLM-001", place, "is not an object");
        return;
    };
    let text = |key: &str| {
        stated
            .get(key)
            .map(|value| value.as_str().unwrap_or_default())
    };
    if let Some(provider) = text("preferredProvider").filter(|name| !PROVIDERS.contains(name)) {
        let message = format!("there is no provider \"{provider}\"");
        findings.warning("OAS-LLM-001", &place.key("preferredProvider"), message);
    }
    if text("preferredModel") == Some("") {
        let message = "names no model";
        findings.warning("OAS-LLM-002", &place.key("preferredModel"), message);
    }
    capability(stated, place, findings);
}

fn capability(stated: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let is_name = |value: &Value| value.as_str().is_some_and(|name| !name.is_empty());
    let wanted = stated
        .get("capabilityRequired")
        .filter(|value| !value.is_null());
    let is_list = |value: &Value| {
        value
            .as_array()
            .is_some_and(|list| list.iter().all(is_name))
    };
    if wanted.is_some_and(|value| !is_name(value) && !is_list(value)) {
        let message = "names no capability";
        findings.warning("OAS-LLM-003", &place.key("capabilityRequired"), message);
    }
}
