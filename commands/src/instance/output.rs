//! What callers are told about the instance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The instance has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceSet {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Without `@`.
    pub namespace: String,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// An organization is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationCreated {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub organization_id: String,
    /// Its short name.
    pub slug: String,
}

/// The instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstanceShown {
    /// The npm scope that it publishes under, without `@`.
    pub namespace: Option<String>,
    /// Whether something was published under it.
    pub namespace_frozen: bool,
    /// Names it had before.
    pub former_namespaces: Vec<String>,
    /// Whether somebody registered.
    pub has_administrator: bool,
}
