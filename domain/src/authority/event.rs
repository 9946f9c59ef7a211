//! Facts about decisions. The quoted names are the storage format: add lines, never edit one.

use serde::{Deserialize, Serialize};

use crate::events;

events! {
    /// Facts about privileged decisions.
    pub enum AuthorityEvent {
        Decided => "authority.decided.v1",
    }
}

/// What became of a privileged act that has no event of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Allowed, and it only read: the audit trail itself, for example.
    Read,
    /// Allowed, and everything was already so.
    NoEffect,
    /// Allowed, but the domain said no.
    Rejected,
    /// Not allowed: by the rule of what was called, or by a rule about who may that the domain knows.
    Denied,
}

/// One privileged decision without an event of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The primitive that was called, for example `extensions_archive`.
    pub primitive: String,
    /// Kind of the resource, for example `extension`.
    pub resource_type: String,
    /// Which one, for example a package name; absent when the act names none, or stands for acts about several.
    pub resource_id: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// The rejection's code, if any; absent when the act stands for several with different ones.
    pub code: Option<String>,
    /// How many equal decisions this one stands for; at least 1.
    pub count: u32,
}
