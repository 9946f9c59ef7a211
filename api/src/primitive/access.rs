//! Who may call a primitive.

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
    /// Lets the call pass, or puts the denial on record and refuses.
    pub(super) async fn check(
        self,
        backend: &Backend,
        call: &Call,
        resource: &'static str,
    ) -> Result<(), Problem> {
        match (self, call.principal.role) {
            (Self::Read, _) | (Self::Admin, Role::PlatformAdmin) => Ok(()),
            (Self::Admin, Role::Member) => Err(deny(backend, call, resource).await),
        }
    }
}

/// The refusal stands even when the record of it cannot be written; the log says so then.
async fn deny(backend: &Backend, call: &Call, resource: &'static str) -> Problem {
    const CODE: &str = "ADMIN_REQUIRED";
    match call.invocation() {
        Ok(invocation) => {
            let recorded = backend
                .authorities
                .denied(&invocation, resource, CODE)
                .await;
            if let Err(error) = recorded {
                tracing::warn!(%error, primitive = call.primitive, "a denial is not on record");
            }
        }
        Err(problem) => return problem,
    }
    Problem::new(
        Class::Forbidden,
        CODE,
        "Admin access required; nothing was attempted.",
    )
}
