//! Which run of the server this is.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Drawn at start, so that a caller can tell a running server from another one on the same port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instance(pub Uuid);

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
