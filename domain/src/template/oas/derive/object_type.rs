//! What an agent brings forth: types of objects, and artifacts of other packages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::document::{FlowDocument, NodeDocument};
use crate::extension::PackageName;

/// A type of object that an output is of, registered when the agent is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObjectType {
    /// `@scope/pkg:local`.
    pub object_type: String,
    /// For people.
    pub display_name: Option<String>,
    /// `profile`, `content`, `project`, `idea` or `report`.
    pub category: Option<String>,
    /// Fields that say what it is.
    pub canonical_keys: Vec<String>,
    /// The field that tells one from another.
    pub identity_key: Option<String>,
}

pub(in super::super) fn produced_types(root: &FlowDocument) -> Vec<ObjectType> {
    let ends = root.ends().flat_map(NodeDocument::outputs);
    let mut types: Vec<ObjectType> = Vec::new();
    for output in root.outputs().iter().chain(ends) {
        let read = output.written.get("cinatra").and_then(read);
        let is_new = |read: &ObjectType| types.iter().all(|t| t.object_type != read.object_type);
        let read = read.filter(is_new);
        types.extend(read);
    }
    for key in ["producesObjectTypes", "output_object_types"] {
        let stated = root.block.get(key).and_then(Value::as_array);
        for stated in stated.into_iter().flatten() {
            let read = stated.as_str().map(named).or_else(|| read(stated));
            let is_new =
                |read: &ObjectType| types.iter().all(|t| t.object_type != read.object_type);
            let read = read.filter(is_new);
            types.extend(read);
        }
    }
    types
}

/// A type of which nothing but its name is said.
fn named(object_type: &str) -> ObjectType {
    ObjectType {
        object_type: object_type.to_owned(),
        display_name: None,
        category: None,
        canonical_keys: Vec::new(),
        identity_key: None,
    }
}

fn read(stated: &Value) -> Option<ObjectType> {
    let text = |key: &str| stated.get(key).and_then(Value::as_str).map(str::to_owned);
    let keys = stated.get("canonical_keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().filter_map(Value::as_str);
    Some(ObjectType {
        object_type: text("object_type")?,
        display_name: text("display_name"),
        category: text("category"),
        canonical_keys: keys.map(str::to_owned).collect(),
        identity_key: text("identity_key"),
    })
}

/// Packages of the artifacts that `metadata.cinatra.produces` names.
pub(in super::super) fn produced_packages(root: &FlowDocument) -> Vec<String> {
    let entries = root.block.get("produces").and_then(Value::as_array);
    let names = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("extension")?.as_str());
    let names = names.filter_map(|name| PackageName::parse(name).ok());
    names.map(String::from).collect()
}
