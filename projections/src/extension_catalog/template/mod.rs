//! Which agents does an organization have as something that runs, and which versions of each were taken down?
//!
//! What was taken down comes from the history of the template; that of the extension is joined when somebody reads, so
//! that an agent that is not installed any more is not shown.

mod apply;
mod query;
mod rows;
mod view;

pub(super) use apply::Templates;
pub use query::{Filter, get, list, snapshots};
pub use view::{Snapshot, Template, TemplateStatus};
