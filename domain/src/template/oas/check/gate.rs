//! What a node says about the people it waits for.

use serde_json::{Map, Value};

use super::super::document::NodeDocument;
use super::super::finding::{Findings, Place};

pub(super) fn check(node: &NodeDocument, findings: &mut Findings) {
    let place = node.place.key("metadata").key("cinatra");
    owner(&node.block, &place, findings);
    let place = place.key("gateSteps");
    let Some(stated) = node.block.get("gateSteps") else {
        return;
    };
    let Some(steps) = stated.as_array() else {
        findings.blocker("FIELD_TYPE", &place, "is not a list");
        return;
    };
    for (index, step) in steps.iter().enumerate() {
        let place = place.index(index);
        match step.as_object() {
            Some(step) => owner(step, &place, findings),
            None => findings.blocker("FIELD_TYPE", &place, "is not an object"),
        }
    }
}

/// Source: spec/runs.md 4.3.
fn owner(block: &Map<String, Value>, place: &Place, findings: &mut Findings) {
    let stated = block.get("hitlOwnedBy");
    if stated.is_some_and(|owner| owner != "childAgent" && owner != "self") {
        let message = "hitlOwnedBy is neither childAgent nor self";
        findings.blocker("HITL_OWNER_UNKNOWN", &place.key("hitlOwnedBy"), message);
    }
    let is_overridden = block.contains_key("a2uiSurfaceIdOverride");
    if is_overridden && stated.is_none_or(|owner| owner != "childAgent") {
        let message = "a2uiSurfaceIdOverride is only for gates of a child agent";
        let place = place.key("a2uiSurfaceIdOverride");
        findings.blocker("SURFACE_OVERRIDE_MISPLACED", &place, message);
    }
}
