//! Inputs and outputs: JSON Schemas whose title is their name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::document::PropertyDocument;
use super::super::finding::{Findings, Place};
use super::field;

/// What no title contains. Source: pyagentspec 26.3.1, `property.py`.
const SPECIAL: &[char] = &['.', ',', '{', '}', ' ', '\n', '\'', '"'];

/// What a property without a title is called. Source: pyagentspec 26.3.1, `property.py`.
const UNTITLED: &str = "property";

/// Most inputs or outputs of one node or flow.
const PROPERTIES_MAX: usize = 1_000;

/// Most types that a value may be of.
const UNION_MAX: usize = 100;

const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// The properties under a key; `None` where the document leaves them to be inferred.
pub(super) fn list(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> Option<Vec<PropertyDocument>> {
    let entries = field::list(body, key, place, findings)?;
    let place = place.key(key);
    if entries.len() > PROPERTIES_MAX {
        let message = format!("has {} entries, at most {PROPERTIES_MAX}", entries.len());
        findings.blocker("PROPERTY_LIMIT", &place, message);
    }
    let entries = entries.iter().take(PROPERTIES_MAX);
    let mut titles = BTreeSet::new();
    let mut properties = Vec::new();
    for (index, entry) in entries.enumerate() {
        let place = place.index(index);
        let Some(property) = one(entry, &place, findings) else {
            continue;
        };
        if titles.insert(property.title.clone()) {
            properties.push(property);
        } else {
            let message = format!("\"{}\" is declared twice", property.title);
            findings.blocker("PROPERTY_DUPLICATE", &place, message);
        }
    }
    Some(properties)
}

fn one(entry: &Value, place: &Place, findings: &mut Findings) -> Option<PropertyDocument> {
    let Some(written) = entry.as_object() else {
        findings.blocker("FIELD_TYPE", place, "is not a property");
        return None;
    };
    let title = match written.get("title") {
        None => {
            findings.warning("PROPERTY_TITLE", place, "has no title");
            UNTITLED
        }
        Some(title) => title.as_str().unwrap_or_default(),
    };
    if title.is_empty() {
        findings.blocker("PROPERTY_TITLE", place, "has an empty title");
        return None;
    }
    if title.contains(SPECIAL) {
        let message = format!("the title \"{title}\" contains a blank or a special character");
        findings.blocker("PROPERTY_TITLE", place, message);
    }
    let known = findings.blockers();
    schema(entry, place, findings);
    if findings.blockers() == known && jsonschema::validator_for(entry).is_err() {
        let message = "is not a JSON Schema that values can be compared with";
        findings.blocker("PROPERTY_SCHEMA", place, message);
    }
    if written
        .get("json_schema")
        .is_some_and(|wrapped| !wrapped.is_object())
    {
        let message = "json_schema is not an object";
        findings.warning("PROPERTY_SCHEMA", place, message);
    }
    Some(PropertyDocument {
        place: place.clone(),
        title: title.to_owned(),
        written: written.clone(),
    })
}

/// Whether the keywords that are read later have a form that can be read.
fn schema(schema: &Value, place: &Place, findings: &mut Findings) {
    let Some(object) = schema.as_object() else {
        if !schema.is_boolean() {
            findings.blocker("PROPERTY_SCHEMA", place, "is not a JSON Schema");
        }
        return;
    };
    let mut fault = |key: &str, reason: &str| {
        findings.blocker("PROPERTY_SCHEMA", &place.key(key), reason);
    };
    let is_type = |value: &Value| value.as_str().is_some_and(|text| TYPES.contains(&text));
    if object.get("type").is_some_and(|stated| {
        let of_one = stated.as_array().is_some_and(|all| all.iter().all(is_type));
        !of_one && !is_type(stated)
    }) {
        fault("type", "is no type of JSON");
    }
    for key in ["title", "description", "format"] {
        if object.get(key).is_some_and(|value| !value.is_string()) {
            fault(key, "is not a text");
        }
    }
    for key in ["enum", "required"] {
        if object.get(key).is_some_and(|value| !value.is_array()) {
            fault(key, "is not a list");
        }
    }
    let unions = object.get("anyOf").and_then(Value::as_array);
    if object.contains_key("anyOf") && unions.is_none() {
        fault("anyOf", "is not a list");
    }
    if unions.is_some_and(|unions| unions.len() > UNION_MAX) {
        fault("anyOf", "has over 100 types");
    }
    if object
        .get("properties")
        .is_some_and(|value| !value.is_object())
    {
        fault("properties", "is not an object");
    }
    for key in ["items", "additionalProperties"] {
        if let Some(part) = object.get(key) {
            self::schema(part, &place.key(key), findings);
        }
    }
    for (index, part) in unions.into_iter().flatten().enumerate() {
        self::schema(part, &place.key("anyOf").index(index), findings);
    }
    let parts = object.get("properties").and_then(Value::as_object);
    for (name, part) in parts.into_iter().flatten() {
        self::schema(part, &place.key("properties").key(name), findings);
    }
}
