//! What callers are told about projects. No answer has a name in it: answers are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A project is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectCreated {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub project_id: String,
}

/// Something about a project is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectChanged {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub project_id: String,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// A project is archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectArchived {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub project_id: String,
    /// Whether it was before.
    pub already_archived: bool,
}

/// A project is worked in again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectUnarchived {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Which.
    pub project_id: String,
    /// Whether it was before.
    pub already_active: bool,
}
