//! Which extensions does an organization have, in which state, from where, and who depends on them?
//!
//! One row per installed extension, active or archived; an uninstalled or force-deleted one vanishes.
//! Dependents are joined when reading, so their status is never older than their own row.

mod apply;
mod columns;
mod query;

pub use apply::ExtensionCatalog;
pub use query::{Dependent, Extension, Filter, get, list};
