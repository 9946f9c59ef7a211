//! What may be asked of a project. Who may ask is judged before (`authority`).

use super::{GrantRole, Owner, Principal, ProjectVisibility};
use crate::kernel::{ContentRef, ProjectId};

/// A command to one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectCommand {
    /// Come to be.
    Create {
        /// Which.
        project_id: ProjectId,
        /// What it is called.
        name: ContentRef,
        /// What it is for.
        description: Option<ContentRef>,
        /// On which level, and whose.
        owner: Owner,
        /// Who finds it.
        visibility: ProjectVisibility,
    },
    /// Be described otherwise. Absent values stay as they are.
    Update {
        /// What it is called.
        name: Option<ContentRef>,
        /// What it is for.
        description: Option<ContentRef>,
        /// Who finds it.
        visibility: Option<ProjectVisibility>,
    },
    /// Move up a level, for ever.
    Promote(Owner),
    /// Let nothing new come into it; nothing happens the second time.
    Archive {
        /// Why.
        reason: Option<ContentRef>,
    },
    /// Be worked in again; nothing happens the second time.
    Unarchive {
        /// Why.
        reason: Option<ContentRef>,
    },
    /// Give somebody access.
    GrantAccess {
        /// Who.
        principal: Principal,
        /// How much.
        role: GrantRole,
        /// Whether the principal is a member, or a team, of the organization.
        is_known: bool,
    },
    /// Take somebody's access back; nothing happens when there is none.
    RevokeAccess {
        /// Who.
        principal: Principal,
    },
}
