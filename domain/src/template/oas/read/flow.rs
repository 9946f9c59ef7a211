//! One flow: its nodes, and the edges between them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::document::{ControlEdge, DataEdge, FlowDocument, NEXT};
use super::super::finding::Place;
use super::super::scope::{Component, ScopeId};
use super::{Reader, block_of, field, id_of, node, property};

/// Keys of any component.
pub(super) const COMPONENT_KEYS: &[&str] = &[
    "component_type",
    "id",
    "name",
    "description",
    "metadata",
    "agentspec_version",
    "$referenced_components",
    "component_plugin_name",
    "component_plugin_version",
];

const FLOW_KEYS: &[&str] = &[
    "inputs",
    "outputs",
    "start_node",
    "nodes",
    "control_flow_connections",
    "data_flow_connections",
];

const CONTROL_KEYS: &[&str] = &["from_node", "from_branch", "to_node"];

const DATA_KEYS: &[&str] = &[
    "source_node",
    "source_output",
    "destination_node",
    "destination_input",
];

pub(super) fn read<'a>(reader: &mut Reader<'a, '_>, flow: &Component<'a>) -> FlowDocument {
    let Component {
        body, place, scope, ..
    } = flow;
    field::unknown(body, &[COMPONENT_KEYS, FLOW_KEYS], place, reader.findings);
    let id = id_of(flow);
    let name = field::text(body, "name", place, reader.findings);
    let start = reader.component(body, "start_node", place, *scope);
    let mut read = FlowDocument {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        block: block_of(body),
        inputs: property::list(body, "inputs", place, reader.findings),
        outputs: property::list(body, "outputs", place, reader.findings),
        start: start.as_ref().map(id_of),
        nodes: Vec::new(),
        control: Vec::new(),
        data: None,
        place: place.clone(),
    };
    nodes(reader, flow, &mut read);
    let entries = components(reader, flow, "control_flow_connections", true);
    for edge in entries.into_iter().flatten() {
        read.control.extend(control(reader, &edge));
    }
    let entries = components(reader, flow, "data_flow_connections", false);
    read.data = entries.map(|entries| {
        let edges = entries.iter().map(|edge| data(reader, edge));
        edges.collect::<Vec<_>>().into_iter().flatten().collect()
    });
    read
}

fn nodes<'a>(reader: &mut Reader<'a, '_>, flow: &Component<'a>, read: &mut FlowDocument) {
    let mut known: BTreeMap<String, &Map<String, Value>> = BTreeMap::new();
    let listed = components(reader, flow, "nodes", true);
    for component in listed.into_iter().flatten() {
        let id = id_of(&component);
        let place = component.place.clone().of_node(&id);
        match known.get(&id) {
            None => {
                known.insert(id.clone(), component.body);
                let node = node::read(reader, &component, id);
                read.nodes.push(node);
            }
            // The very same, by reference.
            Some(body) if std::ptr::eq(*body, component.body) => {
                let message = format!("the flow lists its node \"{id}\" again");
                reader
                    .findings
                    .warning("NODE_LISTED_AGAIN", &place, message);
            }
            Some(_) => {
                let message = format!("the flow has two nodes \"{id}\"");
                reader
                    .findings
                    .blocker("NODE_ID_DUPLICATE", &place, message);
            }
        }
    }
}

/// The components of a list, those that are there; `None` where there is no list.
fn components<'a>(
    reader: &mut Reader<'a, '_>,
    flow: &Component<'a>,
    key: &str,
    is_required: bool,
) -> Option<Vec<Component<'a>>> {
    let findings = &mut *reader.findings;
    let entries = if is_required {
        field::required_list(flow.body, key, &flow.place, findings)
    } else {
        field::list(flow.body, key, &flow.place, findings)?
    };
    let place = flow.place.key(key);
    let mut found = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        found.extend(reader.resolve(entry, &place.index(index), flow.scope));
    }
    Some(found)
}

fn control<'a>(reader: &mut Reader<'a, '_>, edge: &Component<'a>) -> Option<ControlEdge> {
    let place = &edge.place;
    expect_type(reader, edge, "ControlFlowEdge", CONTROL_KEYS);
    let branch = field::text(edge.body, "from_branch", place, reader.findings);
    let from = end(reader, edge.body, "from_node", place, edge.scope);
    let to = end(reader, edge.body, "to_node", place, edge.scope);
    Some(ControlEdge {
        from: from?,
        branch: branch.unwrap_or_else(|| NEXT.to_owned()),
        to: to?,
        place: place.clone(),
    })
}

fn data<'a>(reader: &mut Reader<'a, '_>, edge: &Component<'a>) -> Option<DataEdge> {
    let place = &edge.place;
    expect_type(reader, edge, "DataFlowEdge", DATA_KEYS);
    let output = field::required_text(edge.body, "source_output", place, reader.findings);
    let input = field::required_text(edge.body, "destination_input", place, reader.findings);
    let source = end(reader, edge.body, "source_node", place, edge.scope);
    let destination = end(reader, edge.body, "destination_node", place, edge.scope);
    Some(DataEdge {
        source: source?,
        output,
        destination: destination?,
        input,
        place: place.clone(),
    })
}

fn expect_type(reader: &mut Reader<'_, '_>, edge: &Component<'_>, name: &str, keys: &[&str]) {
    field::unknown(
        edge.body,
        &[COMPONENT_KEYS, keys],
        &edge.place,
        reader.findings,
    );
    if edge.body.get("component_type").and_then(Value::as_str) != Some(name) {
        let place = edge.place.key("component_type");
        let message = format!("is not a {name}");
        reader.findings.blocker("EDGE_TYPE", &place, message);
    }
}

fn end<'a>(
    reader: &mut Reader<'a, '_>,
    body: &'a Map<String, Value>,
    key: &str,
    place: &Place,
    scope: Option<ScopeId>,
) -> Option<String> {
    let component = reader.component(body, key, place, scope)?;
    Some(id_of(&component))
}
