//! Fresh names for requests, calls and runs of the server.

use cinatra_domain::kernel::TenantId;
use uuid::Uuid;

/// Time-ordered, so that the command log grows at its end.
#[expect(
    clippy::disallowed_methods,
    reason = "calls get their names where they come in; events get theirs in the event store"
)]
pub(crate) fn id() -> Uuid {
    Uuid::now_v7()
}

/// A fresh organization.
pub(crate) fn organization() -> TenantId {
    TenantId::new(id())
}
