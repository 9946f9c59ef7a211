//! Which privileged decisions were taken, about what, by whom, and by what right?
//!
//! An allowed command that had an effect is read off its events' envelopes, whatever the noun; one that was
//! denied, rejected, without effect or a reading of the trail itself has an `authority.decided.v1` of its
//! own (settled.md 9). Whatever became of a call, its rows name the same kind of resource: see `about.rs`. Rows are for auditors and therefore not filtered by visibility; see
//! [`crate::ViewerScope`].

mod about;
mod apply;
mod query;

pub use apply::AuditEvents;
pub use query::{AuditEvent, Filter, list};
