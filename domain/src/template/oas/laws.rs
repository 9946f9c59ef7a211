//! What holds of every document, however broken.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::super::plan::Flow;
use super::samples::*;

/// Every place of a value, as pointers.
fn places(value: &Value, place: &str, into: &mut Vec<String>) {
    into.push(place.to_owned());
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        Value::Object(object) => {
            let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
            object.iter().map(|(key, v)| (escaped(key), v)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    };
    for (key, part) in parts {
        places(part, &format!("{place}/{key}"), into);
    }
}

/// Does one thing to one place of a document.
fn mutate(document: &mut Value, which: u8, at: Index, other: Index) {
    let mut all = Vec::new();
    places(document, "", &mut all);
    let elsewhere = document.pointer(other.get(&all).as_str()).cloned().unwrap();
    let here = document.pointer_mut(at.get(&all).as_str()).unwrap();
    *here = match which {
        0 => Value::Null,
        1 => json!({ "$component_ref": "start" }),
        2 => json!({ "$component_ref": "nowhere" }),
        3 => json!("{{ x | tojson }}{% raw %}{# {{"),
        4 => json!(["", -1, 1e300, {}]),
        5 => json!({ "title": "ä b", "type": ["string", "null"], "anyOf": [{}, true] }),
        6 => Value::Array(vec![here.take(), elsewhere]),
        7 => match here {
            Value::Object(object) => object.values().next().cloned().unwrap_or_default(),
            Value::Array(list) => list.pop().unwrap_or_default(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json!("next"),
        },
        _ => elsewhere,
    };
}

/// Whether a flow refers to its own nodes only.
fn is_whole(flow: &Flow) -> bool {
    let mut nodes = flow
        .next
        .iter()
        .flat_map(|(from, to)| to.values().chain([from]));
    flow.nodes.contains_key(&flow.start) && nodes.all(|node| flow.nodes.contains_key(node))
}

fn any_change() -> impl Strategy<Value = (u8, Index, Index)> {
    (0..12_u8, any::<Index>(), any::<Index>())
}

proptest! {
    #[test]
    fn a_mutated_document_compiles_or_is_refused_with_reasons(
        sample in 0..SAMPLES.len(),
        changes in proptest::collection::vec(any_change(), 1..6)
    ) {
        let mut document: Value = serde_json::from_str(SAMPLES[sample]).unwrap();
        for (which, at, other) in changes {
            mutate(&mut document, which, at, other);
        }
        let bytes = document.to_string();
        let first = compile(bytes.as_bytes(), &package());
        prop_assert_eq!(&first, &compile(bytes.as_bytes(), &package()));
        match first {
            Ok(compiled) => prop_assert!(compiled.plan.flows.iter().all(is_whole)),
            Err(refused) => {
                prop_assert!(!codes(&refused.findings, Severity::Blocker).is_empty());
            }
        }
    }

    #[test]
    fn what_is_no_document_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        prop_assert!(compile(&bytes, &package()).is_err());
    }
}
