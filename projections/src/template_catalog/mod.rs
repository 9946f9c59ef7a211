//! Which agents does an organization have as something that runs, and which versions of each were taken down?
//!
//! What is installed comes from the history of the extension, what was taken down from that of its template; the two are
//! joined when somebody reads. An agent that is not installed any more is not shown, as in the catalogue of extensions.

mod apply;
mod query;
mod rows;
mod view;

pub use apply::TemplateCatalog;
pub use query::{Filter, get, list, snapshots};
pub use view::{Snapshot, Template, TemplateStatus};
