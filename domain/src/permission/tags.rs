//! Names under which the events about a resource are found by decisions about authority.

use super::{PermissionEvent, Resource};
use crate::authority::{authority_tag, every_authority_tag};
use crate::kernel::{InvalidId, Tag};

/// Carried by every event about the access to a resource.
pub fn resource_tag(resource: Resource) -> Result<Tag, InvalidId> {
    Tag::new(
        &format!("acl:{}", resource.kind.as_str()),
        &resource.id.to_string(),
    )
}

/// Tags of an event.
pub fn tags_of(event: &PermissionEvent) -> Result<Vec<Tag>, InvalidId> {
    let (resource, user) = match event {
        PermissionEvent::CoOwnerGranted(e) => (e.resource, Some(e.user_id)),
        PermissionEvent::CoOwnerRevoked(e) => (e.resource, Some(e.user_id)),
        PermissionEvent::PolicySet(e) => (e.resource, None),
        PermissionEvent::PolicyCleared(e) => (e.resource, None),
        PermissionEvent::Deleted(e) => (e.resource, None),
    };
    let mut tags = vec![every_authority_tag()?, resource_tag(resource)?];
    tags.extend(user.map(authority_tag).transpose()?);
    Ok(tags)
}
