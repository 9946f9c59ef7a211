//! Fields of a component, each of the type it has to have.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::finding::{Findings, Place};

/// What is there and not null.
pub(super) fn present<'a>(body: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| !value.is_null())
}

pub(super) fn text(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> Option<String> {
    let value = present(body, key)?;
    let text = value.as_str().map(str::to_owned);
    expect(text, &place.key(key), "a text", findings)
}

pub(super) fn required_text(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> String {
    if present(body, key).is_none() {
        findings.blocker("FIELD_MISSING", place, format!("{key} is missing"));
    }
    text(body, key, place, findings).unwrap_or_default()
}

pub(super) fn list<'a>(
    body: &'a Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> Option<&'a [Value]> {
    let list = present(body, key)?.as_array().map(Vec::as_slice);
    expect(list, &place.key(key), "a list", findings)
}

pub(super) fn required_list<'a>(
    body: &'a Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> &'a [Value] {
    if present(body, key).is_none() {
        findings.blocker("FIELD_MISSING", place, format!("{key} is missing"));
    }
    list(body, key, place, findings).unwrap_or_default()
}

pub(super) fn object(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> Map<String, Value> {
    let object = present(body, key).map(|value| value.as_object().cloned());
    let object = object.and_then(|found| expect(found, &place.key(key), "an object", findings));
    object.unwrap_or_default()
}

pub(super) fn flag(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> bool {
    let flag = present(body, key).map(Value::as_bool);
    let flag = flag.and_then(|found| expect(found, &place.key(key), "true or false", findings));
    flag.unwrap_or_default()
}

pub(super) fn texts(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> Option<Vec<String>> {
    let list = list(body, key, place, findings)?;
    let place = place.key(key);
    let mut texts = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let text = entry.as_str().map(str::to_owned);
        texts.extend(expect(text, &place.index(index), "a text", findings));
    }
    Some(texts)
}

pub(super) fn texts_by_name(
    body: &Map<String, Value>,
    key: &str,
    place: &Place,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let place = place.key(key);
    let mut texts = BTreeMap::new();
    for (name, entry) in body
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let text = entry.as_str().map(str::to_owned);
        if let Some(text) = expect(text, &place.key(name), "a text", findings) {
            texts.insert(name.clone(), text);
        }
    }
    if present(body, key).is_some_and(|value| !value.is_object()) {
        findings.blocker("FIELD_TYPE", &place, "is not an object");
    }
    texts
}

/// Reports keys that mean nothing here. A newer document may have them, so they do not block.
pub(super) fn unknown(
    body: &Map<String, Value>,
    known: &[&[&str]],
    place: &Place,
    findings: &mut Findings,
) {
    let is_unknown = |key: &&String| !known.iter().any(|keys| keys.contains(&key.as_str()));
    for key in body.keys().filter(is_unknown) {
        let message = format!("{key} means nothing in a document of this version");
        findings.warning("FIELD_UNKNOWN", &place.key(key), message);
    }
}

fn expect<T>(
    found: Option<T>,
    place: &Place,
    expected: &str,
    findings: &mut Findings,
) -> Option<T> {
    if found.is_none() {
        findings.blocker("FIELD_TYPE", place, format!("is not {expected}"));
    }
    found
}
