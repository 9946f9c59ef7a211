//! Facts about who may use one resource. The quoted names are the storage format: add lines, never edit one.

use serde::{Deserialize, Serialize};

use super::{Policy, Resource};
use crate::events;
use crate::kernel::UserId;

events! {
    /// Facts about the access to one resource, in the ledger of its organization.
    pub enum PermissionEvent {
        CoOwnerGranted => "permission.co_owner_granted.v1",
        CoOwnerRevoked => "permission.co_owner_revoked.v1",
        PolicySet => "permission.policy_set.v1",
        PolicyCleared => "permission.policy_cleared.v1",
        Deleted => "permission.deleted.v1",
    }
}

/// Somebody is a co-owner of the resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoOwnerGranted {
    /// Of what.
    pub resource: Resource,
    /// Who.
    pub user_id: UserId,
}

/// Somebody is no co-owner of the resource any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoOwnerRevoked {
    /// Of what.
    pub resource: Resource,
    /// Who.
    pub user_id: UserId,
}

/// What those who are neither owner nor co-owner may do is said anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicySet {
    /// Of what.
    pub resource: Resource,
    /// From now on.
    pub policy: Policy,
}

/// The resource has no policy of its own any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyCleared {
    /// Which.
    pub resource: Resource,
}

/// The resource is gone, and everything that was granted on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Which.
    pub resource: Resource,
}
