//! The name under which the instance's organizations are found by what makes them come true.

use super::InstanceEvent;
use crate::kernel::{InvalidId, Tag};

/// Carried by every event that another ledger has to follow (ADR-0005).
pub fn organizations_tag() -> Result<Tag, InvalidId> {
    Tag::new("instance", "organizations")
}

/// Tags of an event.
pub fn tags_of(event: &InstanceEvent) -> Result<Vec<Tag>, InvalidId> {
    match event {
        InstanceEvent::AdministratorAppointed(_) | InstanceEvent::OrganizationRegistered(_) => {
            Ok(vec![organizations_tag()?])
        }
        InstanceEvent::Initialized(_)
        | InstanceEvent::NamespaceChosen(_)
        | InstanceEvent::NamespaceFrozen(_)
        | InstanceEvent::NamespaceRenamed(_) => Ok(Vec::new()),
    }
}
