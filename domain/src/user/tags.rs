//! Names under which the events of a person are found by decisions about others.

use super::{PlatformRole, UserEvent};
use crate::authority::authority_tag;
use crate::kernel::{InvalidId, Tag, UserId};

/// Carried by the events that claim and release an e-mail address. `digest` is a keyed hash of the address in
/// lower case, in hex: whoever reads the ledger cannot try guesses against it.
pub fn email_tag(digest: &str) -> Result<Tag, InvalidId> {
    Tag::new("email", digest)
}

/// Carried by every event that makes or unmakes an administrator of the instance.
pub fn administrator_tag() -> Result<Tag, InvalidId> {
    Tag::new("platform", "administrators")
}

/// Tags of an event, beside the claim of an address.
pub fn tags_of(user: UserId, event: &UserEvent) -> Result<Vec<Tag>, InvalidId> {
    let is_about_administrators = match event {
        UserEvent::Registered(registered) => registered.platform_role == PlatformRole::Admin,
        UserEvent::PlatformRoleChanged(_)
        | UserEvent::Banned(_)
        | UserEvent::Unbanned(_)
        | UserEvent::Erased(_) => true,
        UserEvent::EmailVerified(_)
        | UserEvent::Renamed(_)
        | UserEvent::PasswordSet(_)
        | UserEvent::Joined(_)
        | UserEvent::Left(_)
        | UserEvent::TokenCreated(_)
        | UserEvent::TokenRevoked(_) => false,
    };
    let mut tags = vec![authority_tag(user)?];
    if is_about_administrators {
        tags.push(administrator_tag()?);
    }
    Ok(tags)
}
