//! Facts about one project. The quoted names are the storage format: add lines, never edit one.

use serde::{Deserialize, Serialize};

use super::{GrantRole, Owner, Principal, ProjectVisibility};
use crate::events;
use crate::kernel::{ContentRef, ProjectId};

events! {
    /// Facts about one project, in the ledger of its organization.
    pub enum ProjectEvent {
        Created => "project.created.v1",
        Updated => "project.updated.v1",
        Promoted => "project.promoted.v1",
        Archived => "project.archived.v1",
        Unarchived => "project.unarchived.v1",
        AccessGranted => "project.access_granted.v1",
        AccessRevoked => "project.access_revoked.v1",
    }
}

/// The project came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Which.
    pub project_id: ProjectId,
    /// What it is called.
    pub name: ContentRef,
    /// What it is for.
    pub description: Option<ContentRef>,
    /// On which level, and whose.
    pub owner: Owner,
    /// Who finds it.
    pub visibility: ProjectVisibility,
}

/// The project is described otherwise: all of it is said anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Updated {
    /// What it is called.
    pub name: ContentRef,
    /// What it is for.
    pub description: Option<ContentRef>,
    /// Who finds it.
    pub visibility: ProjectVisibility,
}

/// The project moved up a level, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promoted {
    /// Until now.
    pub from: Owner,
    /// From now on.
    pub to: Owner,
}

/// Nothing new comes into the project any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// Why, if somebody said so.
    pub reason: Option<ContentRef>,
}

/// The project is worked in again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unarchived {
    /// Why, if somebody said so.
    pub reason: Option<ContentRef>,
}

/// Somebody beside the owner has access. Granting anew replaces the role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGranted {
    /// Who.
    pub principal: Principal,
    /// How much.
    pub role: GrantRole,
}

/// Somebody beside the owner does not have access any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRevoked {
    /// Who.
    pub principal: Principal,
}
