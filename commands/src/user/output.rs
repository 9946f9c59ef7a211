//! What callers are told about persons. No answer of a command has a name or an address in it: answers are kept.

use cinatra_domain::user::PlatformRole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Somebody is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistered {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Who.
    pub user_id: String,
    /// What they may do on the instance: the first person administers it.
    pub platform_role: PlatformRole,
}

/// Something about a person is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserChanged {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Who.
    pub user_id: String,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// The caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Who.
    pub user_id: String,
    /// What they are called; absent when it was erased.
    pub name: Option<String>,
    /// Where they are reached; absent when it was erased.
    pub email: Option<String>,
    /// Whether they proved that the address is theirs.
    pub email_verified: bool,
    /// What they may do on the instance.
    pub platform_role: PlatformRole,
    /// Organizations they belong to.
    pub organization_ids: Vec<String>,
    /// The organization that the credential is for.
    pub active_organization_id: Option<String>,
}
