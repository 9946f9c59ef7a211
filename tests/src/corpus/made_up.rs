//! Values made up from JSON Schemas: equal for equals, and of the type that is wanted.

use serde_json::{Map, Value, json};

/// A value of the schema, called `title`.
pub(super) fn value(title: &str, schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|listed| listed.first()) {
        return first.clone();
    }
    let kind = schema["type"].as_str();
    if let (None, Some(either)) = (
        kind,
        schema["anyOf"].as_array().and_then(|them| them.first()),
    ) {
        return value(title, either);
    }
    match kind.or_else(|| schema["type"].as_array()?.first()?.as_str()) {
        Some("integer") => json!(3),
        Some("number") => json!(2.5),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        Some("array") if schema["items"].is_object() => json!([value(title, &schema["items"])]),
        Some("array") => json!([]),
        Some("object") => object(title, schema),
        Some(_) | None => text(title, schema["format"].as_str()),
    }
}

fn object(title: &str, schema: &Value) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return json!({ "name": format!("a {title}"), "count": 2 });
    };
    let entries = properties.iter();
    let entries = entries.map(|(name, schema)| (name.clone(), value(name, schema)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn text(title: &str, format: Option<&str>) -> Value {
    match format {
        Some("email") => json!("ada@example.test"),
        Some("uri" | "url") => json!("https://example.test/"),
        Some("date") => json!("2026-11-28"),
        Some("date-time") => json!("2026-11-28T12:00:00Z"),
        Some(_) | None => json!(format!("made up: {title} <&> 'ü'")),
    }
}

/// An answer to a gate, as a person gives it who knows its surface: the one field that its schema requires.
///
/// Where artifacts are chosen the answer is an envelope that chooses none.
pub(super) fn answer(schema: Option<&Value>, shown: &Value) -> String {
    let slot = &shown["slotMeta"];
    if slot["slotId"].is_string() {
        let chosen = json!({ "slotId": slot["slotId"], "resolutionMode": slot["resolutionMode"],
            "selectedRefs": [] });
        return chosen.to_string();
    }
    let required = schema.and_then(|schema| schema["required"][0].as_str());
    let field = required.zip(schema);
    match field.map(|(name, schema)| value(name, &schema["properties"][name])) {
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => "made up: approved".to_owned(),
    }
}
