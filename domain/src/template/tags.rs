//! Names under which the events of a template are found by decisions about others.

use super::TemplateEvent;
use crate::extension::PackageName;
use crate::kernel::{InvalidId, Tag};

/// Carried by every event of the package's template: whoever starts a run relied on it.
pub fn template_tag(package: &PackageName) -> Result<Tag, InvalidId> {
    Tag::new("template", package.as_str())
}

/// Tags of an event.
pub fn tags_of(package: &PackageName, event: &TemplateEvent) -> Result<Vec<Tag>, InvalidId> {
    match event {
        TemplateEvent::Snapshotted(_)
        | TemplateEvent::FirstRunRecorded(_)
        | TemplateEvent::Archived(_)
        | TemplateEvent::Restored(_)
        | TemplateEvent::Purged(_) => Ok(vec![template_tag(package)?]),
    }
}
