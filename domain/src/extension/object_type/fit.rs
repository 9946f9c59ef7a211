//! The types of a package fit into one event: the largest schemas are left out first, then the last types.

use serde_json::Value;

use super::super::DeclaredType;

/// Most bytes of all types. An event takes 64 KiB, of which what a package satisfies takes some.
const TYPES_BYTES_MAX: usize = 48 * 1024;

/// Most lists and objects within each other in a schema.
const SCHEMA_DEEP_MAX: usize = 32;

/// What a number takes in an event, however short it is written.
const NUMBER_BYTES: usize = 9;

/// Leaves out schemas that are too deep, and the largest until the others fit. Answers whose.
pub(super) fn drop_schemas(types: &mut [DeclaredType]) -> Vec<String> {
    let mut dropped = Vec::new();
    for each in types.iter_mut() {
        let schema = each.schema.as_ref();
        if schema.is_some_and(|schema| depth_exceeds(schema, SCHEMA_DEEP_MAX)) {
            each.schema = None;
            dropped.push(each.object_type.clone());
        }
    }
    let mut bytes = types.iter().map(bytes_of).fold(0, usize::saturating_add);
    let mut by_size: Vec<(usize, &mut DeclaredType)> = types
        .iter_mut()
        .filter_map(|each| Some((schema_bytes(each.schema.as_ref()?), each)))
        .collect();
    by_size.sort_by_key(|(size, _)| *size);
    while bytes > TYPES_BYTES_MAX
        && let Some((size, largest)) = by_size.pop()
    {
        bytes = bytes.saturating_sub(size);
        largest.schema = None;
        dropped.push(largest.object_type.clone());
    }
    dropped
}

/// Leaves out the last types until the others fit. Answers how many.
pub(super) fn drop_types(types: &mut Vec<DeclaredType>) -> usize {
    let all = types.len();
    let mut bytes = 0_usize;
    let fits = types.iter().take_while(|each| {
        bytes = bytes.saturating_add(bytes_of(each));
        bytes <= TYPES_BYTES_MAX
    });
    let fits = fits.count();
    types.truncate(fits);
    all - fits
}

fn bytes_of(declared: &DeclaredType) -> usize {
    let bare = DeclaredType {
        schema: None,
        ..declared.clone()
    };
    let bare = serde_json::to_vec(&bare).map_or(usize::MAX, |bytes| bytes.len());
    bare.saturating_add(declared.schema.as_ref().map_or(0, schema_bytes))
}

fn schema_bytes(schema: &Value) -> usize {
    let written = schema.to_string().len();
    written.saturating_add(numbers_in(schema).saturating_mul(NUMBER_BYTES))
}

fn numbers_in(value: &Value) -> usize {
    match value {
        Value::Number(_) => 1,
        Value::Array(items) => items.iter().map(numbers_in).sum(),
        Value::Object(entries) => entries.values().map(numbers_in).sum(),
        Value::Null | Value::Bool(_) | Value::String(_) => 0,
    }
}

fn depth_exceeds(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|it| depth_exceeds(it, levels - 1)),
        Value::Object(entries) => {
            levels == 0 || entries.values().any(|it| depth_exceeds(it, levels - 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
