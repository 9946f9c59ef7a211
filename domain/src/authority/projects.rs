//! Questions about access to projects.

use super::fold::{Membership, Room};
use super::standing::Standing;
use super::{Actor, AuthorityState};
use crate::kernel::{ProjectId, TeamId, UserId};
use crate::organization::{OrganizationRole, TeamRole};
use crate::project::{Owner, Principal, ProjectRole, ProjectVisibility};

/// One reason why somebody has access to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProjectRight {
    pub(super) role: ProjectRole,
    /// `owner`, `owning_team`, `owning_organization`, `owning_workspace`, `grant`, `team_grant`, `organization_grant`.
    pub(super) source: &'static str,
    /// The team whose member they are, if that is why.
    pub(super) team: Option<TeamId>,
}

impl ProjectRight {
    const fn new(role: ProjectRole, source: &'static str) -> Self {
        let team = None;
        Self { role, source, team }
    }

    const fn through(team: TeamId, role: ProjectRole, source: &'static str) -> Self {
        let team = Some(team);
        Self { role, source, team }
    }
}

impl AuthorityState {
    /// How much access somebody has, and where it comes from: the most that any of owner, rows of access, teams and
    /// organization gives. Only live members have any, and whoever acts outright, who has all
    /// (`bootstrap`, `bypass`). That a project can be found is no access.
    pub fn project_role(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Option<(ProjectRole, &'static str)> {
        let room = self.projects.get(&project)?;
        match self.standing(actor).ok()? {
            Standing::Bootstrap => Some((ProjectRole::Owner, "bootstrap")),
            Standing::Bypass(_) => Some((ProjectRole::Owner, "bypass")),
            Standing::Member(user, membership) => {
                let right = project_right(actor, user, membership, room)?;
                Some((right.role, right.source))
            }
            Standing::Program(..) => None,
        }
    }

    /// Whether the organization has such a project.
    pub fn project_exists(&self, project: ProjectId) -> bool {
        self.projects.contains_key(&project)
    }

    /// Whether nothing new comes into the project; nothing for one that is not there.
    pub fn is_archived(&self, project: ProjectId) -> Option<bool> {
        Some(self.projects.get(&project)?.is_archived)
    }

    /// The projects whose row somebody may read: those they have access to, and for members those that are to be
    /// found.
    pub fn readable_projects(&self, actor: &Actor) -> Vec<ProjectId> {
        let Ok(standing) = self.standing(actor) else {
            return Vec::new();
        };
        let readable = self.projects.iter().filter(|(_, room)| match standing {
            Standing::Bootstrap | Standing::Bypass(_) => true,
            Standing::Member(user, membership) => {
                room.visibility == ProjectVisibility::Discoverable
                    || project_right(actor, user, membership, room).is_some()
            }
            Standing::Program(..) => false,
        });
        readable.map(|(project, _)| *project).collect()
    }
}

/// The widest right of a member; of equal ones the first, the owner's before any grant.
pub(super) fn project_right(
    actor: &Actor,
    user: UserId,
    membership: &Membership,
    room: &Room,
) -> Option<ProjectRight> {
    let granted = |principal| Some(ProjectRole::from(*room.access.get(&principal)?));
    let direct = granted(Principal::User(user)).map(|role| ProjectRight::new(role, "grant"));
    let of_all =
        granted(Principal::Organization).map(|role| ProjectRight::new(role, "organization_grant"));
    let of_teams = membership.teams.keys().filter_map(|team| {
        let role = granted(Principal::Team(*team))?;
        Some(ProjectRight::through(*team, role, "team_grant"))
    });
    let rights = owning_right(actor, user, membership, room.owner)
        .into_iter()
        .chain(direct)
        .chain(of_teams)
        .chain(of_all);
    rights.reduce(|widest, next| {
        if next.role > widest.role {
            next
        } else {
            widest
        }
    })
}

/// What follows from whose the project is.
fn owning_right(
    actor: &Actor,
    user: UserId,
    membership: &Membership,
    owner: Owner,
) -> Option<ProjectRight> {
    match owner {
        Owner::User(owner) => {
            (owner == user).then_some(ProjectRight::new(ProjectRole::Owner, "owner"))
        }
        Owner::Team(team) => {
            let role = match membership.teams.get(&team)? {
                TeamRole::Admin => ProjectRole::Owner,
                TeamRole::Member => ProjectRole::Write,
            };
            Some(ProjectRight::through(team, role, "owning_team"))
        }
        Owner::Organization => {
            let role = match membership.role {
                OrganizationRole::Owner | OrganizationRole::Admin => ProjectRole::Owner,
                OrganizationRole::Member => ProjectRole::Write,
            };
            Some(ProjectRight::new(role, "owning_organization"))
        }
        Owner::Workspace => {
            let role = if actor.is_platform_admin() {
                ProjectRole::Owner
            } else {
                ProjectRole::Read
            };
            Some(ProjectRight::new(role, "owning_workspace"))
        }
    }
}
