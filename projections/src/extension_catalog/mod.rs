//! Which extensions does an organization have, in which state, from where, who depends on them, and what do they bring?
//!
//! One row per installed extension, active or archived; an uninstalled or force-deleted one vanishes.
//! Dependents are joined when reading, so their status is never older than their own row. The same goes for what a
//! package brings, [`skill`]s, [`object_type`]s and the [`template`] of an agent: status, version and visibility are the
//! package's, so that archiving it costs one row, whatever it brings.

mod apply;
mod columns;
pub mod object_type;
mod package;
mod query;
pub mod skill;
pub mod template;

pub use apply::ExtensionCatalog;
pub use query::{Dependent, Extension, Filter, get, list};
