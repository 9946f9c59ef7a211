//! What has to be asked before a run begins. Source: spec/runs.md 1.5.

use cinatra_domain::template::oas::Compiled;
use serde_json::{Map, Value, json};

/// The renderer that shows a form of all fields at once; any other shows one field.
const GROUPED: &str = "@cinatra-ai/agent-builder:grouped-setup-form";
/// Shows any field.
const FALLBACK: &str = "@cinatra-ai/agent-builder:schema-field-fallback";

/// A form before a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Form {
    /// The one field that it asks for; absent when it asks for several.
    pub(super) field: Option<String>,
    pub(super) renderer: String,
    pub(super) schema: Value,
}

/// What is required, shown, and not known: all at once where a field wants that, else one by one.
pub(super) fn missing(compiled: &Compiled, inputs: &Map<String, Value>) -> Option<Form> {
    let schema = &compiled.input_schema;
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let required = schema["required"].as_array().into_iter().flatten();
    let is_shown = |name: &str| properties.get(name).is_some_and(is_visible);
    let pending: Vec<&str> = required
        .filter_map(Value::as_str)
        .filter(|name| is_shown(name) && !inputs.contains_key(*name))
        .collect();
    let first = *pending.first()?;
    let is_grouped = properties.values().any(|it| it["x-renderer"] == GROUPED);
    if pending.len() > 1 && is_grouped {
        let shown = properties.iter().filter(|(name, property)| {
            let is_asked = pending.contains(&name.as_str());
            is_asked || (is_visible(property) && !inputs.contains_key(*name))
        });
        let shown: Map<_, _> = shown.map(|(name, it)| (name.clone(), it.clone())).collect();
        return Some(Form {
            field: None,
            renderer: GROUPED.to_owned(),
            schema: json!({ "type": "object", "properties": shown, "required": pending }),
        });
    }
    let property = &properties[first];
    let renderer = property["x-renderer"].as_str().unwrap_or(FALLBACK);
    Some(Form {
        field: Some(first.to_owned()),
        renderer: renderer.to_owned(),
        schema: json!({
            "type": "object", "properties": { first: property }, "required": [first],
        }),
    })
}

fn is_visible(property: &Value) -> bool {
    property["x-hidden"] != true
}
