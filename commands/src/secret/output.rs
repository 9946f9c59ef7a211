//! What callers are told: names, who and when; never a value.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretSet {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Under which name.
    pub name: String,
}

/// A value is not there any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretDeleted {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Under which name.
    pub name: String,
    /// Whether there was one.
    pub deleted: bool,
}

/// Every secret is under a new key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeysRotated {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// Whether there was a key to rotate: the first secret brings one.
    pub rotated: bool,
    /// How many secrets were encrypted anew.
    pub secrets: u64,
}

/// One secret without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedSecret {
    /// Its name.
    pub name: String,
    /// Who stored it first.
    pub created_by: String,
    /// When it was stored first.
    pub created_at: Timestamp,
    /// When its value was last set.
    pub updated_at: Timestamp,
}

/// Every secret of the organization, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedSecrets {
    /// At most 1000, which is as many as there may be.
    pub items: Vec<ListedSecret>,
}
