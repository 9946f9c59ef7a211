//! Which skills does an organization have, from which package, and may they be used?
//!
//! One row per skill of an installed package, active or archived with it; what a package brings no more vanishes,
//! and so does everything of a package that is removed. Status, version and visibility are the package's, joined
//! when reading, so that an archived package costs one row however many skills it has. A package that was
//! installed before skills were indexed shows them after its next update.

mod apply;
mod columns;
mod query;

pub use apply::SkillIndex;
pub use query::{Filter, Skill, get, list};
