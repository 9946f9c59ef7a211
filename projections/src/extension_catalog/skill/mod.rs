//! Which skills does an organization have, from which package, and may they be used?
//!
//! One row per skill of an installed package, active or archived with it; what a package brings no more vanishes,
//! and so does everything of a package that is removed. A package that was installed before skills were indexed
//! shows them after its next update.

mod query;
mod rows;

pub use query::{Filter, Skill, get, list};
pub(super) use rows::{SkillRow, write};
