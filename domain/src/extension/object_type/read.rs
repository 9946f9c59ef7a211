//! One type, as it is written.

use serde_json::{Map, Value};

use super::super::DeclaredType;
use super::{cut, is_name};

/// Longest word about a type, in characters.
const WORD_CHARS_MAX: usize = 64;
/// Longest name for people, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Most fields that say what an object is.
const KEYS_MAX: usize = 50;
/// Most words that say how objects of a type are handled.
const DISPOSITIONS_MAX: usize = 20;

/// An entry of `cinatra.artifact.objectTypes`, or why it is left out.
pub(super) fn declared(stated: &Value) -> Result<DeclaredType, String> {
    let text = |key: &str| stated.get(key).and_then(Value::as_str).map(str::to_owned);
    let keys = stated.get("canonicalKeys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().filter_map(Value::as_str);
    bounded(DeclaredType {
        object_type: text("type").ok_or("an object type has no type")?,
        claim: text("claim"),
        display_name: text("displayName"),
        category: text("category"),
        canonical_keys: keys.map(str::to_owned).collect(),
        identity_key: text("identityKey"),
        dispositions: dispositions(stated.get("dispositions")),
        schema: stated.get("schema").filter(|it| it.is_object()).cloned(),
    })
}

/// What a flow says of the objects that it brings forth.
pub(super) fn produced(stated: DeclaredType) -> Result<DeclaredType, String> {
    bounded(stated)
}

fn bounded(read: DeclaredType) -> Result<DeclaredType, String> {
    if !is_name(&read.object_type) {
        let name = cut(&read.object_type, WORD_CHARS_MAX);
        return Err(format!("{name} is not of the form @scope/package:local"));
    }
    let word = |text: String| cut(&text, WORD_CHARS_MAX);
    Ok(DeclaredType {
        claim: read.claim.map(word),
        display_name: read.display_name.map(|text| cut(&text, NAME_CHARS_MAX)),
        category: read.category.map(word),
        canonical_keys: read
            .canonical_keys
            .into_iter()
            .take(KEYS_MAX)
            .map(word)
            .collect(),
        identity_key: read.identity_key.map(word),
        ..read
    })
}

/// Words and switches; what is neither means nothing here.
fn dispositions(stated: Option<&Value>) -> Map<String, Value> {
    let stated = stated.and_then(Value::as_object).into_iter().flatten();
    let kept = stated.filter_map(|(key, value)| {
        let value = match value {
            Value::Bool(_) => value.clone(),
            Value::String(text) => Value::from(cut(text, WORD_CHARS_MAX)),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some((cut(key, WORD_CHARS_MAX), value))
    });
    kept.take(DISPOSITIONS_MAX).collect()
}
