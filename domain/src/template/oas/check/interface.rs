//! Whether what flows and nodes say they take and give is what they do take and give.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{
    Document, FlowDocument, NodeDocument, NodeType, PropertyDocument, Renames,
};
use super::super::finding::Findings;
use super::super::infer::names_of;
use super::super::placeholder::{filled, filtered, is_environment, named};
use super::super::types::{Types, fits};

pub(super) fn check(
    flow: &FlowDocument,
    document: &Document,
    types: &Types,
    findings: &mut Findings,
) {
    defaults(flow.inputs().iter().chain(flow.outputs()), findings);
    for node in &flow.nodes {
        defaults(node.inputs().iter().chain(node.outputs()), findings);
        own(node, findings);
        if let NodeType::Flow(Some(below)) = node.kind
            && let Some(below) = document.flows.get(below.0)
        {
            subflow(node, below, findings);
        }
    }
    if let Some(start) = flow.starts().next()
        && titles(flow.inputs()) != titles(start.inputs())
    {
        let message = "the inputs of the flow are not those of its StartNode";
        findings.blocker("FLOW_INPUTS_DIFFER", &flow.place.key("inputs"), message);
    }
    outputs(flow, types, findings);
}

fn titles(properties: &[PropertyDocument]) -> BTreeSet<&str> {
    properties
        .iter()
        .map(|property| property.title.as_str())
        .collect()
}

/// A default of another type would only fail when nobody says otherwise.
fn defaults<'a>(properties: impl Iterator<Item = &'a PropertyDocument>, findings: &mut Findings) {
    for property in properties {
        let default = property
            .written
            .get("default")
            .filter(|value| !value.is_null());
        if default.is_some_and(|value| !fits(value, &property.written)) {
            let message = format!("the default of \"{}\" is of another type", property.title);
            let place = property.place.key("default");
            findings.blocker("PROPERTY_DEFAULT", &place, message);
        }
    }
}

fn own(node: &NodeDocument, findings: &mut Findings) {
    match &node.kind {
        NodeType::Start | NodeType::End { .. } => {
            if titles(node.inputs()) != titles(node.outputs()) {
                let message = format!("\"{}\" gives other values than it takes", node.id);
                findings.blocker("INTERFACE_DIFFERS", &node.place, message);
            }
        }
        NodeType::Api(_) => {
            placeholders(node, findings);
            needless(node, findings);
        }
        NodeType::OutputMessage { .. } => {
            placeholders(node, findings);
            needless(node, findings);
            none(node, "outputs", node.outputs(), findings);
        }
        NodeType::InputMessage { .. } => {
            placeholders(node, findings);
            answer(node, findings);
        }
        NodeType::Branching { .. } => {
            one(node, "inputs", node.inputs(), findings);
            none(node, "outputs", node.outputs(), findings);
        }
        NodeType::Regex { .. } => {
            one(node, "inputs", node.inputs(), findings);
            one(node, "outputs", node.outputs(), findings);
        }
        NodeType::Template { renames, .. } => {
            placeholders(node, findings);
            one(node, "outputs", node.outputs(), findings);
            renamed(node, renames, findings);
        }
        NodeType::Flow(_) | NodeType::TriggerWait | NodeType::Unsupported => {}
    }
}

/// A name that is filled in has to be an input; one that is only mentioned ought to be.
fn placeholders(node: &NodeDocument, findings: &mut Findings) {
    let declared = titles(node.inputs());
    let missing = |find: fn(&str) -> BTreeSet<String>| {
        let mut names = names_of(node, find);
        names.retain(|name| !declared.contains(name.as_str()) && !is_environment(name));
        names
    };
    let filled_in = missing(filled);
    for name in &filled_in {
        let message = format!("{{{{ {name} }}}} is no input of \"{}\"", node.id);
        findings.blocker("OAS-RUNTIME-001", &node.place, message);
    }
    let mentioned = &missing(named) | &missing(filtered);
    for name in mentioned.difference(&filled_in) {
        let message = format!(
            "{name} is used in a template and is no input of \"{}\"",
            node.id
        );
        findings.warning("OAS-RUNTIME-001", &node.place, message);
    }
}

fn needless(node: &NodeDocument, findings: &mut Findings) {
    let used = &names_of(node, named) | &names_of(node, filtered);
    for input in node
        .inputs()
        .iter()
        .filter(|input| !used.contains(&input.title))
    {
        let message = format!(
            "no template of \"{}\" uses its input {}",
            node.id, input.title
        );
        findings.warning("OAS-RUNTIME-001", &input.place, message);
    }
}

/// What a person answers is one text.
fn answer(node: &NodeDocument, findings: &mut Findings) {
    let place = node.place.key("outputs");
    match node.outputs() {
        [] => {
            let message = format!("\"{}\" has no output for the answer", node.id);
            findings.blocker("MISSING_INPUT_MESSAGE_OUTPUT", &place, message);
        }
        [output] => {
            if output
                .written
                .get("type")
                .is_none_or(|stated| stated != "string")
            {
                let message = format!("the answer to \"{}\" is not of type string", node.id);
                findings.blocker("INPUT_MESSAGE_OUTPUT_TYPE", &output.place, message);
            }
        }
        [_, _, ..] => one(node, "outputs", node.outputs(), findings),
    }
}

fn one(node: &NodeDocument, key: &str, found: &[PropertyDocument], findings: &mut Findings) {
    if found.len() != 1 {
        let message = format!("\"{}\" has {} {key}, not one", node.id, found.len());
        findings.blocker("INTERFACE_COUNT", &node.place.key(key), message);
    }
}

fn none(node: &NodeDocument, key: &str, found: &[PropertyDocument], findings: &mut Findings) {
    if !found.is_empty() {
        let message = format!("\"{}\" has no {key}", node.id);
        findings.blocker("INTERFACE_COUNT", &node.place.key(key), message);
    }
}

fn renamed(node: &NodeDocument, renames: &Renames, findings: &mut Findings) {
    if renames.inputs.iter().any(|(from, to)| from != to) {
        let message = format!("\"{}\" calls the inputs of its template otherwise", node.id);
        let place = node.place.key("input_mapping");
        findings.blocker("INPUT_MAPPING_NOT_SUPPORTED", &place, message);
    }
}

/// A node may leave out what the flow below knows a default of, and what nobody wants from it.
fn subflow(node: &NodeDocument, below: &FlowDocument, findings: &mut Findings) {
    for (key, own, theirs) in [
        ("inputs", node.inputs(), below.inputs()),
        ("outputs", node.outputs(), below.outputs()),
    ] {
        let known = titles(theirs);
        for property in own.iter().filter(|own| !known.contains(own.title.as_str())) {
            let message = format!("the flow below \"{}\" has no {}", node.id, property.title);
            findings.blocker("SUBFLOW_INTERFACE", &property.place, message);
        }
        let given = titles(own);
        let is_missing = |input: &&PropertyDocument| {
            !given.contains(input.title.as_str()) && !input.has_default()
        };
        for input in theirs.iter().filter(|_| key == "inputs").filter(is_missing) {
            let message = format!("the flow below \"{}\" needs {}", node.id, input.title);
            findings.blocker("SUBFLOW_INTERFACE", &node.place.key(key), message);
        }
    }
}

fn outputs(flow: &FlowDocument, types: &Types, findings: &mut Findings) {
    let mut first: BTreeMap<&str, &PropertyDocument> = BTreeMap::new();
    for output in flow.ends().flat_map(NodeDocument::outputs) {
        let known = *first.entry(&output.title).or_insert(output);
        if !types.are_same(&known.written, &output.written) {
            let message = format!("two ends of the flow give {} of two types", output.title);
            findings.blocker("OUTPUT_TYPES_DIFFER", &output.place, message);
        }
    }
    for output in flow.outputs().iter().filter(|output| !output.has_default()) {
        let gives = |end: &NodeDocument| {
            let mut given = end.outputs().iter();
            given.any(|given| {
                given.title == output.title && types.are_same(&given.written, &output.written)
            })
        };
        if !flow.ends().all(gives) {
            let message = format!(
                "not every end of the flow gives {} of this type",
                output.title
            );
            findings.blocker("FLOW_OUTPUT_MISSING", &output.place, message);
        }
    }
}
