//! What a JSON Schema says about a value, as far as coercion looks.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub(super) type Schema = Map<String, Value>;

/// The outermost level of a schema.
#[derive(Debug)]
pub(super) enum Shape<'a> {
    Any,
    Null,
    Text,
    Number,
    Integer,
    Boolean,
    /// Items of one schema.
    List(Cow<'a, Schema>),
    /// Named properties; others too, if they fit.
    Object {
        properties: BTreeMap<&'a String, Cow<'a, Schema>>,
        others: Option<Cow<'a, Schema>>,
    },
    /// Entries of any name, of one schema.
    Entries(Cow<'a, Schema>),
    /// The first that takes the value.
    Either(Vec<Cow<'a, Schema>>),
}

impl<'a> Shape<'a> {
    pub(super) fn of(schema: &'a Schema) -> Self {
        let kind = match (schema.get("type"), schema.get("anyOf")) {
            (None, Some(Value::Array(schemas))) => {
                return Self::Either(schemas.iter().map(nested).collect());
            }
            (Some(Value::Array(kinds)), _) => {
                // Each once: else two of a kind at every level would double the work at every level.
                let kinds: BTreeSet<_> = kinds.iter().filter_map(Value::as_str).collect();
                let schemas = kinds.into_iter().map(|kind| with_type(schema, kind));
                return Self::Either(schemas.collect());
            }
            (Some(Value::String(kind)), _) => kind.as_str(),
            (Some(_) | None, _) => return Self::Any,
        };
        // What may be left out may be null.
        if kind != "null" && schema.get("default").is_some_and(Value::is_null) {
            let null = Map::from_iter([("type".to_owned(), Value::from("null"))]);
            return Self::Either(vec![with_type(schema, kind), Cow::Owned(null)]);
        }
        match kind {
            "null" => Self::Null,
            "string" => Self::Text,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "array" => Self::List(schema.get("items").map_or_else(anything, nested)),
            "object" => Self::of_object(schema),
            _ => Self::Any,
        }
    }

    fn of_object(schema: &'a Schema) -> Self {
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(others) => Some(nested(others)),
            None => Some(anything()),
        };
        match schema.get("properties") {
            Some(Value::Object(properties)) => Self::Object {
                properties: properties
                    .iter()
                    .map(|(name, schema)| (name, nested(schema)))
                    .collect(),
                others,
            },
            Some(_) | None if schema.contains_key("additionalProperties") => {
                Self::Entries(others.unwrap_or_else(anything))
            }
            Some(_) | None => Self::Any,
        }
    }
}

fn nested(schema: &Value) -> Cow<'_, Schema> {
    schema.as_object().map_or_else(anything, Cow::Borrowed)
}

fn anything<'a>() -> Cow<'a, Schema> {
    Cow::Owned(Map::new())
}

fn with_type<'a>(schema: &Schema, kind: &str) -> Cow<'a, Schema> {
    let mut schema = schema.clone();
    schema.remove("default");
    schema.insert("type".to_owned(), kind.into());
    Cow::Owned(schema)
}
