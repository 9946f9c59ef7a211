//! Which types of objects does an organization know, which package declares each, and what does it say of them?
//!
//! One row per type and package that declares it, or whose agent brings such objects forth; archived with its package,
//! gone with it. A package that was installed before types were declared shows them after its next update.

mod query;
mod rows;

pub use query::{Filter, ObjectType, get, list};
pub(super) use rows::{TypeRow, write};
