//! What happened to an extension, when, and who did it?
//!
//! One row per event of the extension, oldest first; removed extensions keep their history.

mod apply;
mod query;
mod summary;

pub use apply::ExtensionTimeline;
pub use query::{Entry, list};
pub use summary::Summary;
