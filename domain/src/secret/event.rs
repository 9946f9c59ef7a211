//! Facts about secrets. The quoted names are the storage format: add lines, never edit one.
//!
//! No fact carries a value, what it was encrypted to, or anything computed from either: a ledger keeps
//! what it is given for ever.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::events;

events! {
    /// Facts about the secrets of one organization.
    pub enum SecretEvent {
        Stored => "secret.stored.v1",
        Deleted => "secret.deleted.v1",
        KeysRotated => "secret.keys_rotated.v1",
    }
}

/// A value was put under a name, for the first time or in the place of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// The data key that it was encrypted with.
    pub key_id: Uuid,
}

/// The value under a name was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Its name.
    pub name: String,
}

/// Every secret was encrypted anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysRotated {
    /// The former data key, which is gone.
    pub from_key_id: Uuid,
    /// The data key from now on.
    pub to_key_id: Uuid,
    /// How many secrets there were.
    pub secrets: u64,
}
