//! Which destructive operations were done, by whom, why, and what did they destroy?
//!
//! Destructive operations only: archiving, updating and promoting are in `audit_events`. Rows are for
//! auditors and therefore not filtered by visibility; see [`crate::ViewerScope`].

mod apply;
mod query;

pub use apply::ExtensionLifecycleAudit;
pub use query::{Operation, list};
