//! Who co-owns a resource, and what may others do with it?
//!
//! What is set, resource by resource; what counts in the end, after falling through from a skill to its package to
//! the default, `cinatra_domain::permission` says.

mod apply;
mod query;

pub use apply::ResourcePermissions;
pub use query::{CoOwner, Policy, co_owners, policy};
