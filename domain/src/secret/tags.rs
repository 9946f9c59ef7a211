//! The name under which everything about an organization's secrets is found.

use crate::kernel::{InvalidId, Tag};

/// Carried by every event of every secret and of the data key.
pub fn vault_tag() -> Result<Tag, InvalidId> {
    Tag::new("vault", "secrets")
}
