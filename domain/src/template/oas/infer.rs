//! Inputs, outputs and branches that a document leaves out. Source: spec/runs.md 4.2, 4.7.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{
    DEFAULT, Document, FlowDocument, NEXT, NodeDocument, NodeType, PropertyDocument,
};
use super::finding::{Findings, Place};
use super::placeholder::{filtered, in_value, is_environment, named};

/// Most that nodes may take over from the flows they go through, in bytes of JSON.
const TAKEN_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a flow shows to a node that goes through it.
#[derive(Debug, Default)]
pub(super) struct Interface {
    inputs: Vec<PropertyDocument>,
    outputs: Vec<PropertyDocument>,
    bytes: usize,
}

/// Fills in what is left out, flows before those that go through them.
pub(super) fn fill(document: &mut Document, findings: &mut Findings) {
    let mut known: BTreeMap<usize, Interface> = BTreeMap::new();
    let mut taken = 0;
    for index in document.order.clone() {
        let Some(flow) = document.flows.get_mut(index.0) else {
            continue;
        };
        let FlowDocument {
            nodes,
            inputs,
            outputs,
            ..
        } = flow;
        for node in nodes {
            match &node.kind {
                NodeType::Start => mirror(node, inputs.as_deref()),
                NodeType::End { .. } => mirror(node, outputs.as_deref()),
                NodeType::Flow(below) => {
                    let below = below.and_then(|below| known.get(&below.0));
                    if let Some(below) = below {
                        take(node, below, &mut taken);
                    }
                }
                NodeType::Api(_)
                | NodeType::InputMessage { .. }
                | NodeType::OutputMessage { .. }
                | NodeType::Branching { .. }
                | NodeType::Regex { .. }
                | NodeType::Template { .. }
                | NodeType::TriggerWait
                | NodeType::Unsupported => own(node),
            }
        }
        fill_flow(flow);
        known.insert(index.0, interface(flow));
    }
    if taken > TAKEN_BYTES_MAX {
        let message = "its nodes repeat too much of the flows that they go through";
        findings.blocker("OAS_TOO_LARGE", &Place::default(), message);
    }
}

fn interface(flow: &FlowDocument) -> Interface {
    let properties = flow.inputs().iter().chain(flow.outputs());
    let bytes =
        properties.map(|property| Value::Object(property.written.clone()).to_string().len());
    Interface {
        inputs: flow.inputs().to_vec(),
        outputs: flow.outputs().to_vec(),
        bytes: bytes.sum(),
    }
}

/// What starts or ends a flow hands on what it gets.
fn mirror(node: &mut NodeDocument, flow: Option<&[PropertyDocument]>) {
    let shown = node.inputs.clone().or_else(|| node.outputs.clone());
    let shown = shown
        .or_else(|| flow.map(<[_]>::to_vec))
        .unwrap_or_default();
    node.inputs.get_or_insert_with(|| shown.clone());
    node.outputs.get_or_insert(shown);
}

fn take(node: &mut NodeDocument, below: &Interface, taken: &mut usize) {
    if node.inputs.is_some() && node.outputs.is_some() {
        return;
    }
    *taken += below.bytes;
    if *taken <= TAKEN_BYTES_MAX {
        node.inputs.get_or_insert_with(|| below.inputs.clone());
        node.outputs.get_or_insert_with(|| below.outputs.clone());
    }
}

/// What a node's own fields say.
fn own(node: &mut NodeDocument) {
    let place = node.place.clone();
    let property = |title: &str, of_type: &str| PropertyDocument::inferred(&place, title, of_type);
    let texts = |names: BTreeSet<String>| -> Vec<_> {
        names.iter().map(|name| property(name, "string")).collect()
    };
    let (inputs, outputs) = match &node.kind {
        NodeType::Api(_) => (texts(asked(node)), vec![property("response", "")]),
        NodeType::InputMessage { .. } => {
            (texts(asked(node)), vec![property("user_input", "string")])
        }
        NodeType::OutputMessage { .. } => (texts(asked(node)), vec![]),
        NodeType::Branching { .. } => (vec![property("branching_mapping_key", "string")], vec![]),
        NodeType::Regex {
            first_only,
            renames,
            ..
        } => {
            let input = renames.inputs.get("text").map_or("text", String::as_str);
            let output = renames
                .outputs
                .get("output")
                .map_or("output", String::as_str);
            let of_type = if *first_only { "string" } else { "array" };
            (
                vec![property(input, "string")],
                vec![property(output, of_type)],
            )
        }
        NodeType::Template { renames, .. } => {
            let output = renames
                .outputs
                .get("output")
                .map_or("output", String::as_str);
            let inputs = asked(node).iter().map(|name| property(name, "")).collect();
            (inputs, vec![property(output, "string")])
        }
        NodeType::Start
        | NodeType::End { .. }
        | NodeType::Flow(_)
        | NodeType::TriggerWait
        | NodeType::Unsupported => (vec![], vec![]),
    };
    node.inputs.get_or_insert(inputs);
    node.outputs.get_or_insert(outputs);
}

/// Names that a node's templates ask for.
fn asked(node: &NodeDocument) -> BTreeSet<String> {
    let mut names = names_of(node, named);
    names.extend(names_of(node, filtered));
    names.retain(|name| !is_environment(name));
    names
}

/// Names in a node's templates.
pub(super) fn names_of(
    node: &NodeDocument,
    find: fn(&str) -> BTreeSet<String>,
) -> BTreeSet<String> {
    match &node.kind {
        NodeType::Api(api) => {
            let mut names = find(&api.url);
            names.extend(find(&api.method));
            names.extend(api.specification.iter().flat_map(|uri| find(uri)));
            names.extend(in_value(&api.data, find));
            for value in api.query.values().chain(api.headers.values()) {
                names.extend(in_value(value, find));
            }
            names
        }
        NodeType::InputMessage { message } => {
            message.iter().flat_map(|message| find(message)).collect()
        }
        NodeType::OutputMessage { message } => find(message),
        NodeType::Template { template, .. } => find(template),
        NodeType::Start
        | NodeType::End { .. }
        | NodeType::Branching { .. }
        | NodeType::Flow(_)
        | NodeType::Regex { .. }
        | NodeType::TriggerWait
        | NodeType::Unsupported => BTreeSet::new(),
    }
}

/// A flow wants what its start hands on, and answers what every end of it does.
fn fill_flow(flow: &mut FlowDocument) {
    if flow.inputs.is_none() {
        let start = flow.starts().next();
        flow.inputs = Some(start.map(|node| node.inputs().to_vec()).unwrap_or_default());
    }
    if flow.outputs.is_none() {
        let titles = |end: &NodeDocument| -> BTreeSet<String> {
            end.outputs()
                .iter()
                .map(|output| output.title.clone())
                .collect()
        };
        let shared = flow
            .ends()
            .map(titles)
            .reduce(|a, b| &a & &b)
            .unwrap_or_default();
        let first = flow.ends().next();
        let outputs = first.map(NodeDocument::outputs).unwrap_or_default().iter();
        let outputs = outputs.filter(|output| shared.contains(&output.title));
        flow.outputs = Some(outputs.cloned().collect());
    }
}

/// Branches of a node, ordered: whatever the document says, these are taken.
pub(super) fn branches(node: &NodeDocument, document: &Document) -> BTreeSet<String> {
    let next = || BTreeSet::from([NEXT.to_owned()]);
    match &node.kind {
        NodeType::End { .. } => BTreeSet::new(),
        NodeType::Branching { mapping } => {
            let mut branches: BTreeSet<String> = mapping.values().cloned().collect();
            branches.insert(DEFAULT.to_owned());
            branches
        }
        NodeType::Flow(below) => {
            let below = below.and_then(|below| document.flows.get(below.0));
            let ends = below.into_iter().flat_map(FlowDocument::ends);
            let ends: BTreeSet<String> = ends
                .filter_map(|end| match &end.kind {
                    NodeType::End { branch } => Some(branch.clone()),
                    NodeType::Start
                    | NodeType::Api(_)
                    | NodeType::InputMessage { .. }
                    | NodeType::OutputMessage { .. }
                    | NodeType::Branching { .. }
                    | NodeType::Flow(_)
                    | NodeType::Regex { .. }
                    | NodeType::Template { .. }
                    | NodeType::TriggerWait
                    | NodeType::Unsupported => None,
                })
                .collect();
            if ends.is_empty() { next() } else { ends }
        }
        NodeType::Start
        | NodeType::Api(_)
        | NodeType::InputMessage { .. }
        | NodeType::OutputMessage { .. }
        | NodeType::Regex { .. }
        | NodeType::Template { .. }
        | NodeType::TriggerWait
        | NodeType::Unsupported => next(),
    }
}
