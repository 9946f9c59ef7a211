//! What has to hold for a flow to run at all. Everything is looked at; nothing stops at the first fault.
//! Source: spec/runs.md 4.3, pyagentspec 26.3.1.

mod control;
mod gate;
mod interface;
mod wiring;

use super::document::Document;
use super::finding::Findings;
use super::types::Types;

/// Checks every flow of a document that is read and filled in.
pub(super) fn all(document: &Document, findings: &mut Findings) {
    let types = Types::new();
    for (index, flow) in document.flows.iter().enumerate() {
        control::check(flow, document, index == 0, findings);
        interface::check(flow, document, &types, findings);
        wiring::check(flow, &types, findings);
        for node in &flow.nodes {
            gate::check(node, findings);
        }
    }
}
