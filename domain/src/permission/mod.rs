//! The permission kernel: which permissions there are, which role has which, and who may use a resource.
//!
//! `catalogue.rs`, `role.rs` and `grants.rs` are the fixed vocabulary; `policy.rs` says what those may do who neither
//! own nor co-own a resource; the aggregate records co-owners and policies, one stream per resource in the ledger of
//! its organization. Whether an actor may do something is judged by `authority`, where the functions that the original
//! names (spec/workspace.md 2.4) stand under their names.
//!
//! A skill's policy replaces its package's for the fields that it sets, whether tighter or wider.

mod catalogue;
mod command;
mod decide;
mod event;
mod evolve;
mod grants;
mod policy;
mod rejection;
mod resource;
mod role;
mod tags;
#[cfg(test)]
mod tests;

pub use catalogue::{Permission, UnknownPermission};
pub use command::{GrantCoOwner, PermissionCommand};
pub use event::{
    CoOwnerGranted, CoOwnerRevoked, Deleted, PermissionEvent, PolicyCleared, PolicySet,
};
pub use evolve::{PermissionState, Sharing};
pub use policy::{InvalidVisibility, Policy, Visibility, resolve_effective_policy};
pub use rejection::Rejection;
pub use resource::{Resource, ResourceId, ResourceKind};
pub use role::{Role, effective_grants};
pub use tags::{resource_tag, tags_of};

use crate::kernel::{Decider, ImpossibleTransition};

/// Most co-owners of one resource.
pub const CO_OWNERS_MAX: usize = 1_000;

/// The aggregate.
#[derive(Clone, Copy, Debug)]
pub enum ResourcePermission {}

impl Decider for ResourcePermission {
    const CATEGORY: &'static str = "permission";
    type Command = PermissionCommand;
    type Event = PermissionEvent;
    type State = PermissionState;
    type Rejection = Rejection;

    fn decide(
        state: &PermissionState,
        command: PermissionCommand,
    ) -> Result<Vec<PermissionEvent>, Rejection> {
        decide::decide(state, command)
    }

    fn evolve(
        state: PermissionState,
        event: &PermissionEvent,
    ) -> Result<PermissionState, ImpossibleTransition> {
        evolve::evolve(state, event)
    }
}
