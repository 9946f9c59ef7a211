//! Edges that carry values.

use std::collections::BTreeSet;

use super::super::document::{DataEdge, FlowDocument, NodeDocument, NodeType, PropertyDocument};
use super::super::finding::Findings;
use super::super::types::Types;

pub(super) fn check(flow: &FlowDocument, types: &Types, findings: &mut Findings) {
    let Some(edges) = &flow.data else {
        return;
    };
    let nodes = flow.by_id();
    let mut fed: BTreeSet<(&str, &str)> = BTreeSet::new();
    for edge in edges {
        fed.insert((&edge.destination, &edge.input));
        for (key, id) in [
            ("source_node", &edge.source),
            ("destination_node", &edge.destination),
        ] {
            if !nodes.contains_key(id.as_str()) {
                let message = format!("\"{id}\" is not among the nodes of the flow");
                findings.blocker("EDGE_NODE_UNKNOWN", &edge.place.key(key), message);
            }
        }
        let source = nodes.get(edge.source.as_str()).copied();
        let destination = nodes.get(edge.destination.as_str()).copied();
        one(edge, source, destination, types, findings);
    }
    for node in flow.reachable() {
        unfed(node, &fed, findings);
    }
}

fn one(
    edge: &DataEdge,
    source: Option<&NodeDocument>,
    destination: Option<&NodeDocument>,
    types: &Types,
    findings: &mut Findings,
) {
    let find = |properties: &'_ [PropertyDocument], title: &str| {
        properties
            .iter()
            .position(|property| property.title == title)
    };
    let given = source.filter(|node| is_known(node)).map(|node| {
        let at = find(node.outputs(), &edge.output);
        let found = at.and_then(|at| node.outputs().get(at));
        if found.is_none() {
            let message = format!("\"{}\" has no output {}", node.id, edge.output);
            let place = edge.place.clone().of_node(&node.id).key("source_output");
            findings.blocker("DATA_EDGE_OUTPUT_UNKNOWN", &place, message);
        }
        found
    });
    let wanted = destination.filter(|node| is_known(node)).map(|node| {
        let at = find(node.inputs(), &edge.input);
        let found = at.and_then(|at| node.inputs().get(at));
        if found.is_none() {
            let message = format!("\"{}\" has no input {}", node.id, edge.input);
            let place = edge
                .place
                .clone()
                .of_node(&node.id)
                .key("destination_input");
            findings.blocker("DATA_EDGE_INPUT_UNKNOWN", &place, message);
        }
        found
    });
    let (Some(Some(given)), Some(Some(wanted))) = (given, wanted) else {
        return;
    };
    if !types.is_castable(&given.written, &wanted.written) {
        let message = format!(
            "{} of \"{}\" cannot become {} of \"{}\"",
            edge.output, edge.source, edge.input, edge.destination
        );
        findings.blocker("DATA_EDGE_TYPES", &edge.place, message);
    }
}

/// Whether it is known what goes in and out of a node.
fn is_known(node: &NodeDocument) -> bool {
    !matches!(node.kind, NodeType::Unsupported | NodeType::Flow(None))
}

/// An input without a source and without a default would be missed when the node's turn comes.
fn unfed(node: &NodeDocument, fed: &BTreeSet<(&str, &str)>, findings: &mut Findings) {
    let code = match &node.kind {
        NodeType::Start | NodeType::Unsupported => return,
        NodeType::End { .. } => "OAS-RUNTIME-005",
        NodeType::Api(_)
        | NodeType::InputMessage { .. }
        | NodeType::OutputMessage { .. }
        | NodeType::Branching { .. }
        | NodeType::Flow(_)
        | NodeType::Regex { .. }
        | NodeType::Template { .. }
        | NodeType::TriggerWait => "INPUT_WITHOUT_SOURCE",
    };
    let output_has_default = |title: &str| {
        let mut outputs = node.outputs().iter();
        outputs.any(|output| output.title == title && output.has_default())
    };
    for input in node.inputs() {
        let is_fed = fed.contains(&(node.id.as_str(), input.title.as_str()));
        let has_default = input.has_default()
            || (matches!(node.kind, NodeType::End { .. }) && output_has_default(&input.title));
        if !is_fed && !has_default {
            let message = format!("nothing gives \"{}\" its {}", node.id, input.title);
            findings.warning(code, &input.place, message);
        }
    }
}
