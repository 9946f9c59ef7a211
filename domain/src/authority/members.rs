//! Questions about who belongs to the organization.

use std::collections::BTreeSet;

use super::standing::Standing;
use super::{Actor, ActorKind, AuthorityState};
use crate::kernel::{ProjectId, ServiceAccountId, TeamId, UserId};
use crate::organization::{OrganizationRole, RoleScope, RoleScopeLevel, ScopedRole, TeamRole};
use crate::permission::{Permission, Resource, Role};
use crate::project::{Owner, Principal};

impl AuthorityState {
    /// What somebody is in the organization; nothing for whoever does not belong to it.
    pub fn member_role(&self, user: UserId) -> Option<OrganizationRole> {
        Some(self.members.get(&user)?.role)
    }

    /// Everybody who belongs to the organization.
    pub fn members(&self) -> impl Iterator<Item = (UserId, OrganizationRole)> + '_ {
        let members = self.members.iter();
        members.map(|(user, membership)| (*user, membership.role))
    }

    /// How many owners there are: the last one stays.
    pub fn owner_count(&self) -> usize {
        let roles = self.members.values().map(|membership| membership.role);
        roles
            .filter(|role| *role == OrganizationRole::Owner)
            .count()
    }

    /// Whether there is such a team.
    pub fn team_exists(&self, team: TeamId) -> bool {
        self.teams.contains(&team)
    }

    /// The teams that somebody is in.
    pub fn teams_of(&self, user: UserId) -> Vec<(TeamId, TeamRole)> {
        let teams = self.members.get(&user).map(|membership| &membership.teams);
        let teams = teams.into_iter().flatten();
        teams.map(|(team, role)| (*team, *role)).collect()
    }

    /// How many projects a team owns: it stays as long as there are any.
    pub fn projects_owned_by_team(&self, team: TeamId) -> usize {
        let owners = self.projects.values().map(|room| room.owner);
        owners.filter(|owner| *owner == Owner::Team(team)).count()
    }

    /// The permissions that a service account is narrowed to; nothing for one that is revoked or not this
    /// organization's.
    pub fn service_account(&self, account: ServiceAccountId) -> Option<&BTreeSet<Permission>> {
        self.service_accounts.get(&account)
    }

    /// The roles that count everywhere in the organization. That somebody administers a team counts for rules about
    /// that team only, and a further role for one team, project or person does not count here. Whoever does not
    /// belong to the organization has at most what they are on the instance.
    pub fn roles_of(&self, actor: &Actor, now_us: i64) -> BTreeSet<Role> {
        let mut roles = BTreeSet::new();
        if actor.is_platform_admin() {
            roles.insert(Role::PlatformAdmin);
        }
        match self.standing(actor) {
            Ok(Standing::Bootstrap) => {
                roles.insert(Role::OrgOwner);
            }
            Ok(Standing::Program(..)) => {
                roles.insert(Role::ServiceAccount);
            }
            Ok(Standing::Member(..) | Standing::Bypass(_)) => {
                let user = actor.user();
                roles.extend(user.and_then(|user| self.member_role(user)).map(Role::from));
                roles.extend(
                    user.into_iter()
                        .flat_map(|user| self.further_roles(user, now_us)),
                );
            }
            Err(_) => {}
        }
        roles
    }

    /// The further roles of a member that have not ended and count everywhere in the organization.
    pub(super) fn further_roles(
        &self,
        user: UserId,
        now_us: i64,
    ) -> impl Iterator<Item = Role> + '_ {
        let scoped = self.members.get(&user).map(|membership| &membership.scoped);
        let live = scoped.into_iter().flatten().filter(move |(_, ends)| {
            let ends: &Option<i64> = ends;
            ends.is_none_or(|ends_us| ends_us > now_us)
        });
        live.filter(|((_, scope), _)| self.is_everywhere(scope))
            .map(|((role, _), _): (&(ScopedRole, RoleScope), _)| Role::from(*role))
    }

    fn is_everywhere(&self, scope: &RoleScope) -> bool {
        match scope.level {
            RoleScopeLevel::Organization => self
                .organization
                .is_some_and(|of| of.uuid() == scope.record_id),
            RoleScopeLevel::User | RoleScopeLevel::Team | RoleScopeLevel::Project => false,
        }
    }

    /// What names somebody beside their membership: the projects that were opened to them, and the resources that
    /// they co-own. It ends with the membership.
    pub fn granted_to(&self, user: UserId) -> (Vec<ProjectId>, Vec<Resource>) {
        let principal = Principal::User(user);
        let projects = self.projects.iter();
        let projects = projects.filter(|(_, room)| room.access.contains_key(&principal));
        let shared = self.sharing.iter();
        let shared = shared.filter(|(_, sharing)| sharing.co_owners.contains(&user));
        (
            projects.map(|(project, _)| *project).collect(),
            shared.map(|(resource, _)| *resource).collect(),
        )
    }

    /// Whether somebody administers a team.
    pub(super) fn is_team_admin(&self, user: UserId, team: TeamId) -> bool {
        let role = self.members.get(&user).and_then(|m| m.teams.get(&team));
        role == Some(&TeamRole::Admin)
    }

    /// Whether the actor is a person who administers the organization.
    pub(super) fn administers(&self, actor: &Actor) -> Option<OrganizationRole> {
        let role = match actor.kind {
            ActorKind::User(user) => self.member_role(user),
            ActorKind::Anonymous | ActorKind::ServiceAccount(_) | ActorKind::Bootstrap => None,
        };
        role.filter(|role| *role >= OrganizationRole::Admin)
    }
}
