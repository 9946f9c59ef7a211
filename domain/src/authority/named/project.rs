//! Access to projects as sealed rooms.

use crate::authority::projects::project_right;
use crate::authority::standing::allow;
use crate::authority::{Actor, Allowed, AuthorityState, Denied, team_tag};
use crate::kernel::ProjectId;
use crate::permission::Permission;
use crate::project::{GrantRole, ProjectRole, ProjectVisibility, project_tag};

/// Why nothing new comes into a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWritable {
    /// The actor may not write there.
    Denied(Denied),
    /// Nobody may: it is archived.
    Archived,
}

/// At least `least` access to a project, by a credential that reaches as far as `permission`. Without any access it
/// is hidden, unless members may find it and more than a look was demanded.
fn hold_in_project(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    least: ProjectRole,
    permission: Permission,
) -> Result<Allowed, Denied> {
    let standing = state.enter(actor, permission)?;
    let room = state.projects.get(&project).ok_or(Denied::Hidden)?;
    if let Some(via) = standing.outright() {
        return allow(permission, via, [project_tag(project)]);
    }
    let (user, membership) = standing.membership().ok_or(Denied::Hidden)?;
    match project_right(actor, user, membership, room) {
        Some(right) if right.role >= least => {
            let grounds = standing.ground().into_iter().chain([project_tag(project)]);
            let grounds = grounds.chain(right.team.map(team_tag));
            allow(permission, format!("project:{}", right.source), grounds)
        }
        Some(_) => Err(Denied::lacking(permission)),
        None => match room.visibility {
            ProjectVisibility::Discoverable if least > ProjectRole::Read => {
                Err(Denied::lacking(permission))
            }
            ProjectVisibility::Discoverable | ProjectVisibility::Private => Err(Denied::Hidden),
        },
    }
}

/// `assertProjectReadAccess`: whoever may look into the room. That it can be found by name lets nobody in.
pub fn assert_project_read_access(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    permission: Permission,
) -> Result<Allowed, Denied> {
    hold_in_project(state, actor, project, ProjectRole::Read, permission)
}

/// `assertProjectWriteAccess`: whoever has at least this role, archived or not: what is in an archived project may be
/// taken out of it.
pub fn assert_project_write_access(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    least: ProjectRole,
    permission: Permission,
) -> Result<Allowed, Denied> {
    hold_in_project(state, actor, project, least, permission)
}

/// `assertProjectWritable`: whoever may bring something new into the project, which is not archived.
pub fn assert_project_writable(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    permission: Permission,
) -> Result<Allowed, NotWritable> {
    let allowed = hold_in_project(state, actor, project, ProjectRole::Write, permission);
    let allowed = allowed.map_err(NotWritable::Denied)?;
    match state.is_archived(project) {
        Some(false) => Ok(allowed),
        Some(true) | None => Err(NotWritable::Archived),
    }
}

/// The right to bring something new into a project, as a caller is told of it: what one may not look into is hidden,
/// and whoever may only look lacks a grant.
pub(in crate::authority) fn bring_into(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    permission: Permission,
) -> Result<Allowed, Denied> {
    // Order: what the credential is narrowed to is told as such.
    state.enter(actor, permission)?;
    let writable = assert_project_writable(state, actor, project, permission);
    writable.map_err(|not| match not {
        NotWritable::Denied(Denied::Forbidden(_)) => Denied::NoProjectAccess,
        NotWritable::Denied(denied) => denied,
        NotWritable::Archived => Denied::ProjectArchived,
    })
}

/// `assertProjectGrantRole`: whoever may give that much access to a project: its administrators, and for `admin` the
/// owner alone. Every administrator may take access back.
pub fn assert_project_grant_role(
    state: &AuthorityState,
    actor: &Actor,
    project: ProjectId,
    role: GrantRole,
) -> Result<Allowed, Denied> {
    let least = match role {
        GrantRole::Read | GrantRole::Write => ProjectRole::Admin,
        GrantRole::Admin => ProjectRole::Owner,
    };
    hold_in_project(
        state,
        actor,
        project,
        least,
        Permission::ProjectManageMembers,
    )
}
