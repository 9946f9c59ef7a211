//! What callers are told about the access to resources.

use cinatra_domain::permission::ResourceKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something about the access to a resource is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionChanged {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Of which kind.
    pub resource_kind: ResourceKind,
    /// Which.
    pub resource_id: String,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// Whether the caller may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessChecked {
    /// Whether.
    pub allowed: bool,
    /// What grants it.
    pub via: Option<String>,
}
