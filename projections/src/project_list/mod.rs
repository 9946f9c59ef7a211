//! Which projects does an organization have, whose are they, and who else has access?
//!
//! Names and descriptions are joined from the contents beside the ledger when somebody reads. Who may read which
//! project is not in the rows alone; whoever lists has judged that before, and names the projects.

mod apply;
mod query;

pub use apply::ProjectList;
pub use query::{Access, Filter, Project, access, get, list};
