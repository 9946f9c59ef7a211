//! Surfaces through which people answer: A2UI v0.9 messages. Source: spec/runs.md 3.5, 3.6.

use cinatra_domain::run::GateId;
use serde_json::{Map, Value, json};

/// Version of every message.
const VERSION: &str = "v0.9";
/// Components that every client knows.
const CATALOG: &str = "https://a2ui.org/specification/v0_9/catalogs/basic/catalog.json";
/// Texts beyond get a field of several lines.
const SHORT_CHARS_MAX: u64 = 200;

fn id_of(gate: GateId) -> String {
    format!("{}:hitl:{gate}", gate.run_id)
}

/// A surface that asks what a gate asks: a form by the schema's properties, a confirmation without any.
pub(super) fn created(gate: GateId, title: &str, schema: &Value, values: &Value) -> Vec<Value> {
    let surface = id_of(gate);
    let review = gate.to_string();
    vec![
        json!({ "version": VERSION, "createSurface": {
            "surfaceId": surface, "catalogId": CATALOG, "sendDataModel": true } }),
        json!({ "version": VERSION, "updateComponents": {
            "surfaceId": surface, "components": components(title, schema, &review) } }),
        json!({ "version": VERSION, "updateDataModel": {
            "surfaceId": surface, "path": "/values", "value": values } }),
    ]
}

/// The surface goes.
pub(super) fn deleted(gate: GateId) -> Vec<Value> {
    vec![json!({ "version": VERSION, "deleteSurface": { "surfaceId": id_of(gate) } })]
}

fn components(title: &str, schema: &Value, review: &str) -> Vec<Value> {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let fields: Vec<String> = (0..properties.len())
        .map(|at| format!("field-{at}"))
        .collect();
    let mut children = vec!["title".to_owned()];
    children.extend(fields.iter().cloned());
    children.push("buttons".to_owned());
    let mut components = vec![
        json!({ "id": "root", "component": "Column", "children": children }),
        json!({ "id": "title", "component": "Text", "text": title, "variant": "h3" }),
    ];
    for (id, (name, property)) in fields.iter().zip(properties) {
        components.push(field(id, name, property));
    }
    components.extend([
        json!({ "id": "buttons", "component": "Row", "children": ["approve", "reject"] }),
        json!({ "id": "approve-label", "component": "Text", "text": "Approve" }),
        button("approve", "approve_review_task", "primary", review),
        json!({ "id": "reject-label", "component": "Text", "text": "Reject" }),
        button("reject", "reject_review_task", "default", review),
    ]);
    components
}

fn button(id: &str, action: &str, variant: &str, review: &str) -> Value {
    json!({
        "id": id, "component": "Button", "child": format!("{id}-label"), "variant": variant,
        "action": { "event": { "name": action, "context": {
            "reviewTaskId": review, "values": { "path": "/values" } } } },
    })
}

fn field(id: &str, name: &str, property: &Value) -> Value {
    let label = property["title"].as_str().unwrap_or(name);
    // A JSON Pointer: RFC 6901 escapes.
    let pointer = name.replace('~', "~0").replace('/', "~1");
    let value = json!({ "path": format!("/values/{pointer}") });
    if let Some(options) = property["enum"].as_array() {
        let titles = property["x-enum-titles"].as_array();
        let options = options.iter().enumerate().map(|(at, option)| {
            let value = option
                .as_str()
                .map_or_else(|| option.to_string(), str::to_owned);
            let label = titles.and_then(|titles| titles.get(at)?.as_str());
            json!({ "label": label.unwrap_or(&value), "value": value })
        });
        return json!({ "id": id, "component": "ChoicePicker", "label": label, "value": value,
            "variant": "mutuallyExclusive", "options": options.collect::<Vec<_>>() });
    }
    match property["type"].as_str() {
        Some("boolean") => {
            json!({ "id": id, "component": "CheckBox", "label": label, "value": value })
        }
        Some("number" | "integer") => json!({ "id": id, "component": "TextField",
            "label": label, "value": value, "variant": "number" }),
        _ if property["format"] == "date-time" => json!({ "id": id,
            "component": "DateTimeInput", "label": label, "value": value,
            "enableDate": true, "enableTime": true }),
        _ => {
            let is_long = property["maxLength"]
                .as_u64()
                .is_some_and(|max| max > SHORT_CHARS_MAX);
            let variant = if is_long { "longText" } else { "shortText" };
            json!({ "id": id, "component": "TextField", "label": label, "value": value,
                "variant": variant })
        }
    }
}
