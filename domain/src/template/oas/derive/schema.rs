//! What a run of an agent is given and answers, as JSON Schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::super::plan::Property;
use super::super::build::laid_open;
use super::super::document::{FlowDocument, NodeDocument};
use super::{texts, word};

/// What a run wants to know, with what a form needs to ask for it.
pub(in super::super) fn input_schema(root: &FlowDocument) -> Value {
    let Some(start) = root.starts().next() else {
        return object(&Map::new(), &[]);
    };
    let hidden = texts(&start.block, "hidden");
    let mut properties = Map::new();
    let mut required = Vec::new();
    let stated = start.block.contains_key("required");
    let wanted = texts(&start.block, "required");
    for input in start.inputs().iter().map(laid_open) {
        let is_required = if stated {
            wanted.contains(&input.title)
        } else {
            input.default.is_none()
        };
        if is_required {
            required.push(input.title.clone());
        }
        let is_hidden = hidden.contains(&input.title);
        let title = input.title.clone();
        properties.insert(title, field(start, input, is_hidden));
    }
    let mut schema = object(&properties, &required);
    if let (Some(schema), Some(contract)) = (schema.as_object_mut(), start.text("inputContract")) {
        schema.insert("description".to_owned(), contract.into());
    }
    schema
}

/// What a run answers: what its end gives and the flow declares to give on.
pub(in super::super) fn output_schema(root: &FlowDocument) -> Value {
    let declared: BTreeSet<&str> = root.outputs().iter().map(|it| it.title.as_str()).collect();
    let end = root
        .ends()
        .next()
        .map(NodeDocument::outputs)
        .unwrap_or_default();
    let mut properties = Map::new();
    let mut required = Vec::new();
    let given = end.iter().filter(|it| declared.contains(it.title.as_str()));
    for output in given.map(laid_open) {
        if output.default.is_none() {
            required.push(output.title.clone());
        }
        properties.insert(output.title.clone(), described(output).into());
    }
    object(&properties, &required)
}

fn field(start: &NodeDocument, input: Property, is_hidden: bool) -> Value {
    let title = input.title.clone();
    let mut schema = described(input);
    for (key, by_name) in [
        ("title", "inputTitles"),
        ("x-renderer", "inputRenderers"),
        ("x-data-source", "inputDataSources"),
    ] {
        if let Some(said) = word(start, by_name, &title) {
            schema.insert(key.to_owned(), said.into());
        }
    }
    if is_hidden {
        schema.insert("x-hidden".to_owned(), true.into());
    }
    schema.into()
}

fn described(property: Property) -> Map<String, Value> {
    let mut schema = property.schema;
    schema.insert("title".to_owned(), property.title.into());
    if let Some(default) = property.default {
        schema.insert("default".to_owned(), default);
    }
    schema
}

fn object(properties: &Map<String, Value>, required: &[String]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}
