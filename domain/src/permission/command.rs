//! What may be asked about the access to a resource. Who may ask is judged before (`authority`).

use super::{Policy, Resource};
use crate::kernel::UserId;

/// A command about the access to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionCommand {
    /// See [`GrantCoOwner`].
    GrantCoOwner(GrantCoOwner),
    /// Let somebody be no co-owner any more; nothing happens when they are none.
    RevokeCoOwner {
        /// Of what.
        resource: Resource,
        /// Who.
        user_id: UserId,
    },
    /// Say anew what others may do.
    SetPolicy {
        /// Of what.
        resource: Resource,
        /// From now on.
        policy: Policy,
    },
    /// Have no policy of its own any more.
    ClearPolicy {
        /// Which.
        resource: Resource,
    },
    /// The resource is gone: so is everything that was granted. Nothing happens when nothing was.
    Delete {
        /// Which.
        resource: Resource,
    },
}

/// Let a member be a co-owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantCoOwner {
    /// Of what.
    pub resource: Resource,
    /// Who.
    pub user_id: UserId,
    /// Whether that is the owner, who needs no grant.
    pub is_owner: bool,
    /// Whether that is a member of the organization.
    pub is_member: bool,
}
