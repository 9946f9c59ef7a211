//! Makes the plan of a document in which nothing is wrong.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::plan::{Api, Flow, Node, NodeKind, Plan, Property, Question, Source, Wiring};
use super::derive::{answer_schema, renderer, toolboxes};
use super::document::{
    ApiDocument, Document, FlowDocument, NodeDocument, NodeType, PropertyDocument,
};
use super::lint::is_bridge;

/// Keys of a property that are no schema of it.
const NO_SCHEMA: &[&str] = &["title", "default", "json_schema", "cinatra"];

pub(super) fn plan(document: &Document) -> Plan {
    let root = document.flows.first();
    let flows = document.flows.iter();
    Plan {
        flows: flows.map(|read| flow(read, root.unwrap_or(read))).collect(),
    }
}

fn flow(read: &FlowDocument, root: &FlowDocument) -> Flow {
    let nodes: BTreeMap<String, Node> = read
        .nodes
        .iter()
        .filter_map(|node| Some((node.id.clone(), self::node(node, read, root)?)))
        .collect();
    let mut next: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for edge in &read.control {
        if nodes.contains_key(&edge.from) && nodes.contains_key(&edge.to) {
            let branches = next.entry(edge.from.clone()).or_default();
            branches.insert(edge.branch.clone(), edge.to.clone());
        }
    }
    let wiring = wiring(read, &nodes);
    Flow {
        id: read.id.clone(),
        name: read.name.clone(),
        inputs: read.inputs().iter().map(property).collect(),
        outputs: read.outputs().iter().map(property).collect(),
        start: read
            .starts()
            .next()
            .map(|start| start.id.clone())
            .unwrap_or_default(),
        nodes,
        next,
        wiring,
    }
}

fn wiring(read: &FlowDocument, nodes: &BTreeMap<String, Node>) -> Wiring {
    let Some(edges) = &read.data else {
        return Wiring::Names;
    };
    let mut sources: BTreeMap<String, BTreeMap<String, Vec<Source>>> = BTreeMap::new();
    for edge in edges {
        if nodes.contains_key(&edge.source) && nodes.contains_key(&edge.destination) {
            let inputs = sources.entry(edge.destination.clone()).or_default();
            let source = Source {
                node: edge.source.clone(),
                output: edge.output.clone(),
            };
            let known = inputs.entry(edge.input.clone()).or_default();
            if !known.contains(&source) {
                known.push(source);
            }
        }
    }
    Wiring::Edges(sources)
}

/// An input or output as runs take its values: what is wrapped in it is passed over, as the runtime does that agents
/// were written for.
pub(super) fn property(read: &PropertyDocument) -> Property {
    let mut schema = read.written.clone();
    schema.retain(|key, _| !NO_SCHEMA.contains(&key.as_str()));
    let inner_default = || wrapped(read)?.get("default").cloned();
    Property {
        title: read.title.clone(),
        schema,
        default: read.written.get("default").cloned().or_else(inner_default),
    }
}

/// An input or output with what is wrapped in it laid open, for people and forms; what is written outside wins.
pub(super) fn laid_open(read: &PropertyDocument) -> Property {
    let mut property = property(read);
    let mut schema = wrapped(read).cloned().unwrap_or_default();
    schema.append(&mut property.schema);
    schema.retain(|key, _| !NO_SCHEMA.contains(&key.as_str()));
    Property { schema, ..property }
}

fn wrapped(read: &PropertyDocument) -> Option<&Map<String, Value>> {
    read.written.get("json_schema").and_then(Value::as_object)
}

/// `None` for what does nothing and stands where no run comes by.
fn node(read: &NodeDocument, flow: &FlowDocument, root: &FlowDocument) -> Option<Node> {
    let kind = match &read.kind {
        NodeType::Start => NodeKind::Start,
        NodeType::End { branch } => NodeKind::End {
            branch: branch.clone(),
        },
        NodeType::Api(read_api) => NodeKind::Api(api(read, read_api, flow, root)),
        NodeType::InputMessage { message } => {
            NodeKind::InputMessage(question(read, message.as_deref()))
        }
        NodeType::OutputMessage { message } => NodeKind::OutputMessage {
            message: message.clone(),
        },
        NodeType::Branching { mapping } => NodeKind::Branching {
            input: read.inputs().first()?.title.clone(),
            mapping: mapping.clone(),
        },
        NodeType::Flow(below) => NodeKind::Flow((*below)?),
        NodeType::Regex {
            pattern,
            first_only,
            ..
        } => NodeKind::Regex {
            pattern: pattern.clone(),
            first_only: *first_only,
        },
        NodeType::Template { template, .. } => NodeKind::Template {
            template: template.clone(),
        },
        NodeType::TriggerWait | NodeType::Unsupported => return None,
    };
    let mut inputs: Vec<Property> = read.inputs().iter().map(property).collect();
    let outputs: Vec<Property> = read.outputs().iter().map(property).collect();
    if matches!(kind, NodeKind::End { .. }) {
        give_defaults(&mut inputs, &outputs);
    }
    Some(Node {
        id: read.id.clone(),
        name: read.name.clone(),
        inputs,
        outputs,
        kind,
    })
}

/// An end answers what it takes, so a default of one is a default of the other.
fn give_defaults(inputs: &mut [Property], outputs: &[Property]) {
    for input in inputs.iter_mut().filter(|input| input.default.is_none()) {
        let output = outputs.iter().find(|output| output.title == input.title);
        input.default = output.and_then(|output| output.default.clone());
    }
}

fn api(node: &NodeDocument, read: &ApiDocument, flow: &FlowDocument, root: &FlowDocument) -> Api {
    let texts = |map: &Map<String, Value>| map.clone().into_iter().collect();
    let mut data = read.data.clone();
    if is_bridge(&read.url)
        && let Some(data) = data.as_object_mut()
    {
        inject(data, flow, root);
    }
    Api {
        url: read.url.clone(),
        method: read.method.to_ascii_uppercase(),
        data,
        query: texts(&read.query),
        headers: texts(&read.headers),
        risk_class: node.text("riskClass").map(str::to_owned),
    }
}

/// Adds what the flow, else the root, says of models and tools to a call that says nothing itself.
fn inject(data: &mut Map<String, Value>, flow: &FlowDocument, root: &FlowDocument) {
    let preferred = [flow, root]
        .into_iter()
        .find_map(|flow| flow.block.get("llm"));
    if let Some(preferred) = preferred.filter(|preferred| preferred.is_object()) {
        data.entry("cinatra_llm")
            .or_insert_with(|| preferred.clone());
    }
    let is_said = |flow: &&FlowDocument| flow.block.contains_key("toolboxes");
    if let Some(flow) = [flow, root].into_iter().find(is_said) {
        data.entry("toolbox_ids")
            .or_insert_with(|| toolboxes(flow).into());
    }
}

fn question(node: &NodeDocument, message: Option<&str>) -> Question {
    let flag = |key: &str| node.flag(key).unwrap_or_default();
    let visits = node.block.get("maxGateVisits").and_then(Value::as_u64);
    Question {
        message: message.filter(|text| !text.is_empty()).map(str::to_owned),
        output: node
            .outputs()
            .first()
            .map(|output| output.title.clone())
            .unwrap_or_default(),
        renderer: renderer(&node.block),
        schema: answer_schema(&node.block).cloned(),
        requires_approval: flag("requiresApproval"),
        risk_class: node.text("riskClass").map(str::to_owned),
        surface: node.text("a2uiSurfaceId").map(str::to_owned),
        skips_when_known: flag("autoSkipWhenInputsPresent"),
        shows_inputs: flag("surfaceGateInputs"),
        visits_max: visits.and_then(|visits| u32::try_from(visits).ok()),
    }
}
