//! Which values fit where: types of JSON Schema, compared as the specification does.
//!
//! What cannot be told fits. Source: pyagentspec 26.3.1, `property.py`.

use std::cell::Cell;

use serde_json::{Map, Value};

/// Most comparisons for one document; what is beyond fits.
const STEPS_MAX: u32 = 2_000_000;

/// Compares types, so often and no more.
#[derive(Debug)]
pub(super) struct Types {
    steps_left: Cell<u32>,
}

type Schema = Map<String, Value>;

impl Types {
    pub(super) fn new() -> Self {
        Self {
            steps_left: Cell::new(STEPS_MAX),
        }
    }

    /// Whether both describe the same values.
    pub(super) fn are_same(&self, a: &Schema, b: &Schema) -> bool {
        if a == b || self.is_beyond(a, b) {
            return true;
        }
        if is_union(a) || is_union(b) {
            let (all_a, all_b) = (alternatives(a), alternatives(b));
            let within = |some: &[Schema], others: &[Schema]| {
                let has = |one: &Schema| others.iter().any(|other| self.are_same(one, other));
                some.iter().all(has)
            };
            return within(&all_a, &all_b) && within(&all_b, &all_a);
        }
        a.get("type") == b.get("type")
            && self.are_parts_same(a.get("items"), b.get("items"))
            && self.are_properties_same(a, b)
            && self.are_parts_same(a.get("additionalProperties"), b.get("additionalProperties"))
    }

    /// Whether every value of the first can be made one of the second.
    pub(super) fn is_castable(&self, a: &Schema, b: &Schema) -> bool {
        let is_anything = !b.contains_key("type") && !b.contains_key("anyOf");
        let is_text = b.get("type").is_some_and(|stated| stated == "string");
        if is_anything || is_text || a == b || self.is_beyond(a, b) {
            return true;
        }
        if is_union(a) || is_union(b) {
            let others = alternatives(b);
            let fits = |one: &Schema| others.iter().any(|other| self.is_castable(one, other));
            return alternatives(a).iter().all(fits);
        }
        let stated = |schema: &Schema| schema.get("type").and_then(Value::as_str).map(kind_of);
        match (stated(a), stated(b)) {
            (Some(Kind::Numeric), Some(Kind::Numeric)) => true,
            (Some(Kind::Array), Some(Kind::Array)) => {
                self.is_part_castable(a.get("items"), b.get("items"))
            }
            (Some(Kind::Object), Some(Kind::Object)) => self.is_object_castable(a, b),
            _ => false,
        }
    }

    fn is_object_castable(&self, a: &Schema, b: &Schema) -> bool {
        let mut wanted = properties(b).into_iter().flatten();
        let given = properties(a);
        let fits = wanted.all(|(name, part)| {
            let own = given.and_then(|given| given.get(name));
            own.is_some_and(|own| self.is_part_castable(Some(own), Some(part)))
        });
        let (more_a, more_b) = (a.get("additionalProperties"), b.get("additionalProperties"));
        fits && self.is_part_castable(more_a, more_b)
    }

    fn are_properties_same(&self, a: &Schema, b: &Schema) -> bool {
        let (a, b) = (properties(a), properties(b));
        let names = |schema: Option<&Schema>| schema.map_or(0, Map::len);
        names(a) == names(b)
            && a.into_iter().flatten().all(|(name, part)| {
                let other = b.and_then(|b| b.get(name));
                other.is_some_and(|other| self.are_parts_same(Some(part), Some(other)))
            })
    }

    fn are_parts_same(&self, a: Option<&Value>, b: Option<&Value>) -> bool {
        let (a, b) = (a.unwrap_or(&ANYTHING), b.unwrap_or(&ANYTHING));
        match (schema_of(a), schema_of(b)) {
            (Some(a), Some(b)) => self.are_same(&a, &b),
            (None, _) | (_, None) => a == b,
        }
    }

    fn is_part_castable(&self, a: Option<&Value>, b: Option<&Value>) -> bool {
        let (a, b) = (a.unwrap_or(&ANYTHING), b.unwrap_or(&ANYTHING));
        match (schema_of(a), schema_of(b)) {
            (Some(a), Some(b)) => self.is_castable(&a, &b),
            (None, _) | (_, None) => a == b,
        }
    }

    /// Whether there is nothing to be told about these two.
    fn is_beyond(&self, a: &Schema, b: &Schema) -> bool {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        let is_open = |schema: &Schema| {
            let open = ["allOf", "oneOf", "not", "$ref"];
            open.iter().any(|key| schema.contains_key(*key))
        };
        left == 0 || is_open(a) || is_open(b)
    }
}

const ANYTHING: Value = Value::Null;

/// Absent means anything; `true` and `false` mean only themselves.
fn schema_of(value: &Value) -> Option<std::borrow::Cow<'_, Schema>> {
    use std::borrow::Cow;
    match value {
        Value::Null => Some(Cow::Owned(Schema::new())),
        Value::Object(object) => Some(Cow::Borrowed(object)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Numeric,
    Array,
    Object,
    Other,
}

fn kind_of(stated: &str) -> Kind {
    match stated {
        "number" | "integer" | "boolean" => Kind::Numeric,
        "array" => Kind::Array,
        "object" => Kind::Object,
        _ => Kind::Other,
    }
}

fn properties(schema: &Schema) -> Option<&Schema> {
    schema.get("properties").and_then(Value::as_object)
}

fn is_union(schema: &Schema) -> bool {
    schema.contains_key("anyOf") || schema.get("type").is_some_and(Value::is_array)
}

/// Every type that a value may be of, each as a schema of its own.
fn alternatives(schema: &Schema) -> Vec<Schema> {
    let unions = schema.get("anyOf").and_then(Value::as_array);
    let mut all: Vec<Schema> = unions
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .cloned()
        .collect();
    let stated = match schema.get("type") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    for one in stated {
        let mut alternative = Schema::new();
        alternative.insert("type".to_owned(), one.clone());
        let keys: &[&str] = match one.as_str() {
            Some("array") => &["items"],
            Some("object") => &["properties", "additionalProperties"],
            Some(_) | None => &[],
        };
        for key in keys {
            if let Some(part) = schema.get(*key) {
                alternative.insert((*key).to_owned(), part.clone());
            }
        }
        all.push(alternative);
    }
    all
}

/// Whether a value is of a type. Nothing at all is allowed to be a default of anything.
pub(super) fn fits(value: &Value, schema: &Schema) -> bool {
    if is_union(schema) {
        return alternatives(schema).iter().any(|one| fits(value, one));
    }
    let part_fits = |part: Option<&Value>, value: &Value| {
        part.and_then(Value::as_object)
            .is_none_or(|part| fits(value, part))
    };
    match schema.get("type").and_then(Value::as_str) {
        Some("number" | "integer" | "boolean") => value.is_number() || value.is_boolean(),
        Some("array") => value.as_array().is_some_and(|list| {
            let items = schema.get("items");
            list.iter().all(|entry| part_fits(items, entry))
        }),
        Some("object") => value.as_object().is_some_and(|object| {
            let mut parts = properties(schema).into_iter().flatten();
            parts.all(|(name, part)| match object.get(name) {
                Some(value) => part_fits(Some(part), value),
                None => true,
            })
        }),
        Some(_) | None => true,
    }
}
