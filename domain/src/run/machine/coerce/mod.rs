//! Takes a value of one type for another, as the runtime does that agents were written for.
//!
//! `null` stays `null`. Anything becomes a text (its JSON), numbers become each other; and a text that goes into a node
//! becomes a number if it is one, and true unless it is empty. Lists and objects go item by item; of an object only the
//! declared properties stay. Source: spec/runs.md 4.7.11; `wayflowcore` 26.3.1.

mod shape;

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{Cause, VALUE_DEEP_MAX, python};
use crate::template::plan::Property;
use shape::{Schema, Shape};

/// The value as an output of a node wants it: no text is read, and `null` stays.
pub(super) fn cast_output(property: &Property, value: Value) -> Result<Value, Cause> {
    if value.is_null() {
        return Ok(value);
    }
    let found = kind(&value);
    cast_to(property, value, found)
}

/// The value as an input of a node wants it.
pub(super) fn coerce(property: &Property, value: Value) -> Result<Value, Cause> {
    if value.is_null() {
        return Ok(value);
    }
    let found = kind(&value);
    cast_to(property, read_text(value, &property.schema), found)
}

/// The value as an input of a whole flow wants it: no text is read, and `null` is a value like any other.
pub(super) fn admit(property: &Property, value: Value) -> Result<Value, Cause> {
    if value.is_null() && property.default.as_ref().is_some_and(Value::is_null) {
        return Ok(value);
    }
    let found = kind(&value);
    cast_to(property, value, found)
}

fn cast_to(property: &Property, value: Value, found: &'static str) -> Result<Value, Cause> {
    check_depth(&value)?;
    if fits(&value, &property.schema) {
        return Ok(value);
    }
    cast(&value, &property.schema).ok_or_else(|| Cause::TypeMismatch {
        name: property.title.clone(),
        expected: expected(&property.schema),
        found,
    })
}

/// Refuses what is nested too deep to be walked.
fn check_depth(value: &Value) -> Result<(), Cause> {
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > VALUE_DEEP_MAX {
            return Err(Cause::ValueTooDeep);
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(entries) => open.extend(entries.values().map(|item| (item, depth + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Ok(())
}

/// A text as the number or truth value that is wanted. Only the outermost value is read like this.
fn read_text(value: Value, schema: &Schema) -> Value {
    let Value::String(text) = &value else {
        return value;
    };
    let read = match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => Some(Value::Bool(!text.is_empty())),
        Some("integer") => text.trim().parse::<i64>().ok().map(Value::from),
        Some("number") => text
            .trim()
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number),
        Some(_) | None => None,
    };
    read.unwrap_or(value)
}

/// The value as the schema wants it, if that can be.
fn cast(value: &Value, schema: &Schema) -> Option<Value> {
    let cast = if fits(value, schema) {
        value.clone()
    } else {
        convert(value, schema)?
    };
    is_allowed(&cast, schema).then_some(cast)
}

fn convert(value: &Value, schema: &Schema) -> Option<Value> {
    match Shape::of(schema) {
        Shape::Any => Some(value.clone()),
        Shape::Null => None,
        Shape::Text => Some(Value::String(match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                python::json(value)
            }
        })),
        Shape::Number => size(value).and_then(Number::from_f64).map(Value::Number),
        // Whole numbers have 64 bits here.
        Shape::Integer => {
            let whole = format!("{:.0}", value.as_f64()?.trunc());
            whole.parse::<i64>().ok().map(Value::from)
        }
        Shape::Boolean => value.as_f64().map(|number| Value::Bool(number != 0.0)),
        Shape::List(items) => value
            .as_array()?
            .iter()
            .map(|item| cast(item, &items))
            .collect(),
        Shape::Object { properties, .. } => {
            let entries = value.as_object()?;
            properties
                .iter()
                .map(|(name, schema)| Some(((*name).clone(), cast(entries.get(*name)?, schema)?)))
                .collect()
        }
        Shape::Entries(values) => value
            .as_object()?
            .iter()
            .map(|(name, entry)| Some((name.clone(), cast(entry, &values)?)))
            .collect(),
        Shape::Either(schemas) => schemas.iter().find_map(|schema| cast(value, schema)),
    }
}

fn fits(value: &Value, schema: &Schema) -> bool {
    is_allowed(value, schema)
        && match Shape::of(schema) {
            Shape::Any => true,
            Shape::Null => value.is_null(),
            Shape::Text => value.is_string(),
            Shape::Number => value.is_f64(),
            // In Python a truth value is an integer.
            Shape::Integer => value.is_i64() || value.is_u64() || value.is_boolean(),
            Shape::Boolean => value.is_boolean(),
            Shape::List(items) => value
                .as_array()
                .is_some_and(|list| list.iter().all(|item| fits(item, &items))),
            Shape::Object { properties, others } => value.as_object().is_some_and(|entries| {
                properties
                    .iter()
                    .all(|(name, schema)| entries.get(*name).is_some_and(|it| fits(it, schema)))
                    && entries
                        .iter()
                        .filter(|(name, _)| !properties.contains_key(name))
                        .all(|(_, entry)| others.as_ref().is_some_and(|it| fits(entry, it)))
            }),
            Shape::Entries(values) => value
                .as_object()
                .is_some_and(|entries| entries.values().all(|entry| fits(entry, &values))),
            Shape::Either(schemas) => schemas.iter().any(|schema| fits(value, schema)),
        }
}

/// Whether it is one of the values that the schema lists, if it lists any.
fn is_allowed(value: &Value, schema: &Schema) -> bool {
    let Some(Value::Array(listed)) = schema.get("enum") else {
        return true;
    };
    listed.iter().any(|one| {
        let same = size(one).zip(size(value));
        one == value || same.is_some_and(|(one, it)| one.partial_cmp(&it) == Some(Ordering::Equal))
    })
}

/// A number's; in Python a truth value is one.
fn size(value: &Value) -> Option<f64> {
    value
        .as_bool()
        .map_or_else(|| value.as_f64(), |it| Some(f64::from(u8::from(it))))
}

fn expected(schema: &Schema) -> String {
    match schema.get("type") {
        Some(Value::String(kind)) if schema.contains_key("enum") => {
            format!("one of the listed values of type {kind}")
        }
        Some(Value::String(kind)) => format!("of type {kind}"),
        Some(_) | None => "of one of several types".to_owned(),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
