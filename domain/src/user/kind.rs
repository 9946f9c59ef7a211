//! What somebody is, and what they may do on the instance.

use serde::{Deserialize, Serialize};

/// Whether somebody is a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserType {
    /// A person.
    Human,
    /// A long-lived persona in conversations.
    Assistant,
}

/// What somebody may do on the instance, whatever the organization. Source: spec/workspace.md 1.1, B-22.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlatformRole {
    /// Nothing beyond their organizations.
    User,
    /// Administer the instance.
    Admin,
}

/// Who asked for an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasedBy {
    /// The person.
    Person,
    /// An administrator of the instance.
    Administrator,
}
