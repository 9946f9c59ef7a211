//! What users typed, referred to from an event without being in it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Reference from an event to a row of `contents` that commits with it.
///
/// Erasing the row leaves every hash of the ledger verifiable. Source: settled.md 5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRef {
    /// Key of the row within the ledger.
    pub id: Uuid,
    /// Lower-case hex of blake3 over the row's salt and bytes.
    pub digest: String,
    /// Number of bytes.
    pub size: u64,
}
