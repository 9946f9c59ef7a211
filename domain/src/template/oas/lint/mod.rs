//! What keeps a document from being published, or should be known: it runs nevertheless.
//! Source: spec/runs.md 4.4.

mod credential;
mod llm;
mod runtime;

use serde_json::Value;

use super::document::{ApiDocument, BASE_URL, Document, FlowDocument, NodeType};
use super::finding::{Findings, Place};

/// Looks at a document that was read, and at its text.
pub(super) fn all(document: &Document, text: &Value, findings: &mut Findings) {
    credential::check(text, &Place::default(), false, findings);
    for flow in &document.flows {
        llm::check(flow, findings);
        runtime::check(flow, document, findings);
    }
}

/// Calls to the bridge to the models.
fn bridges(flow: &FlowDocument) -> impl Iterator<Item = (&ApiDocument, &Place)> {
    calls(flow).filter(|(api, _)| is_bridge(&api.url))
}

fn calls(flow: &FlowDocument) -> impl Iterator<Item = (&ApiDocument, &Place)> {
    let api = |kind: &'_ NodeType| matches!(kind, NodeType::Api(_));
    let nodes = flow.nodes.iter().filter(move |node| api(&node.kind));
    nodes.filter_map(|node| match &node.kind {
        NodeType::Api(api) => Some((api, &node.place)),
        NodeType::Start
        | NodeType::End { .. }
        | NodeType::InputMessage { .. }
        | NodeType::OutputMessage { .. }
        | NodeType::Branching { .. }
        | NodeType::Flow(_)
        | NodeType::Regex { .. }
        | NodeType::Template { .. }
        | NodeType::TriggerWait
        | NodeType::Unsupported => None,
    })
}

/// Whether an address is the bridge to the models, which the calls in a document mean by its end.
pub(super) fn is_bridge(url: &str) -> bool {
    url.ends_with("/api/llm-bridge")
}

fn is_internal(url: &str) -> bool {
    url.starts_with(BASE_URL) || (url.starts_with('/') && !url.starts_with("//"))
}
