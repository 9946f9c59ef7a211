//! Small documents for tests, and ways to change them.

use serde_json::Value;

pub(super) use super::*;

/// A model that greets: everything is declared that can be.
pub(super) const SINGLE: &str = include_str!("single.json");

/// A gate that a run comes by again and again.
pub(super) const LOOP: &str = include_str!("loop.json");

/// Flows within a flow, with names of their own; much is left to be inferred.
pub(super) const NESTED: &str = include_str!("nested.json");

pub(super) const SAMPLES: [&str; 3] = [SINGLE, LOOP, NESTED];

pub(super) fn package() -> Package<'static> {
    Package {
        name: "@acme/greeter-agent",
        version: "1.0.0",
        dependencies: &[],
    }
}

pub(super) fn compiled(sample: &str) -> Compiled {
    compile(sample.as_bytes(), &package()).unwrap()
}

/// What becomes of a sample after a change.
pub(super) fn changed(sample: &str, change: impl FnOnce(&mut Value)) -> Result<Compiled, Refused> {
    let mut document = serde_json::from_str(sample).unwrap();
    change(&mut document);
    compile(document.to_string().as_bytes(), &package())
}

/// Puts a value at the end of a pointer, in an object or over an entry of a list.
pub(super) fn set(document: &mut Value, pointer: &str, value: impl Into<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match key.parse::<usize>() {
        Ok(index) if parent.is_array() => parent[index] = value.into(),
        Ok(_) | Err(_) => parent[key] = value.into(),
    }
}

/// Takes what is at the end of a pointer away.
pub(super) fn remove(document: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match parent.as_array_mut() {
        Some(list) => drop(list.remove(key.parse().unwrap())),
        None => drop(parent.as_object_mut().unwrap().remove(key).unwrap()),
    }
}

/// Adds an entry to a list.
pub(super) fn push(document: &mut Value, pointer: &str, value: Value) {
    let list = document.pointer_mut(pointer).unwrap();
    list.as_array_mut().unwrap().push(value);
}

pub(super) fn codes(findings: &[Finding], severity: Severity) -> Vec<&str> {
    let of = findings
        .iter()
        .filter(|finding| finding.severity == severity);
    let mut codes: Vec<&str> = of.map(|finding| finding.code.as_str()).collect();
    codes.sort_unstable();
    codes
}
