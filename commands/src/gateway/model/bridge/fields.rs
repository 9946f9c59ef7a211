//! The fields of a body, read one by one, so that a refusal names the field and repeats nothing of it.

use serde_json::{Map, Value};

use super::error::BridgeError;

/// An object whose fields may be absent; `null` counts as absent.
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(body: &'a Value) -> Result<Self, BridgeError> {
        let fields = body.as_object();
        fields
            .map(Self)
            .ok_or(BridgeError::field("body", "is not an object"))
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, BridgeError> {
        self.read(name, "is not a text", |value| {
            value.as_str().map(str::to_owned)
        })
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, BridgeError> {
        self.read(name, "is neither true nor false", Value::as_bool)
    }

    pub(super) fn object(&self, name: &'static str) -> Result<Option<&'a Value>, BridgeError> {
        self.read(name, "is not an object", |value| {
            value.is_object().then_some(value)
        })
    }

    pub(super) fn list<T>(
        &self,
        name: &'static str,
        entry: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, BridgeError> {
        self.read(name, "is not a list, or has an unfit entry", |value| {
            value.as_array()?.iter().map(entry).collect()
        })
    }

    fn read<T>(
        &self,
        name: &'static str,
        otherwise: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, BridgeError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(BridgeError::field(name, otherwise)),
        }
    }
}
