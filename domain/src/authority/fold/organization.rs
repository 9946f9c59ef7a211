//! What facts about an organization do: who belongs, in which teams, with which further roles, which programs act.

use std::collections::{BTreeMap, BTreeSet};

use super::{AuthorityState, Membership, Refusal};
use crate::kernel::{TeamId, UserId};
use crate::organization::{OrganizationEvent, ServiceAccountCreated, TeamRole};
use crate::permission::Permission;

impl AuthorityState {
    pub(super) fn apply_organization(&mut self, event: &OrganizationEvent) -> Result<(), Refusal> {
        match event {
            OrganizationEvent::MemberAdded(e) => {
                let membership = Membership {
                    role: e.role,
                    teams: BTreeMap::new(),
                    scoped: BTreeMap::new(),
                };
                self.members.insert(e.user_id, membership);
            }
            OrganizationEvent::MemberRoleChanged(e) => self.membership(e.user_id)?.role = e.to,
            OrganizationEvent::MemberRemoved(e) => {
                self.members.remove(&e.user_id);
            }
            OrganizationEvent::TeamCreated(e) => {
                self.teams.insert(e.team_id);
            }
            OrganizationEvent::TeamDeleted(e) => self.dissolve(e.team_id),
            OrganizationEvent::TeamMemberAdded(e) => self.join(e.team_id, e.user_id, e.role)?,
            OrganizationEvent::TeamMemberRoleChanged(e) => {
                self.join(e.team_id, e.user_id, e.role)?;
            }
            OrganizationEvent::TeamMemberRemoved(e) => {
                if let Some(membership) = self.members.get_mut(&e.user_id) {
                    membership.teams.remove(&e.team_id);
                }
            }
            OrganizationEvent::RoleGranted(e) => {
                let scoped = &mut self.membership(e.user_id)?.scoped;
                scoped.insert((e.role, e.scope), e.expires_at_us);
            }
            OrganizationEvent::RoleRevoked(e) => {
                if let Some(membership) = self.members.get_mut(&e.user_id) {
                    membership.scoped.remove(&(e.role, e.scope));
                }
            }
            OrganizationEvent::ServiceAccountCreated(e) => {
                let scopes = narrowed_to(e);
                self.service_accounts.insert(e.service_account_id, scopes);
            }
            OrganizationEvent::ServiceAccountRevoked(e) => {
                self.service_accounts.remove(&e.service_account_id);
            }
            OrganizationEvent::Created(_)
            | OrganizationEvent::Updated(_)
            | OrganizationEvent::InvitationSent(_)
            | OrganizationEvent::InvitationAccepted(_)
            | OrganizationEvent::InvitationCanceled(_)
            | OrganizationEvent::InvitationErased(_)
            | OrganizationEvent::TeamRenamed(_)
            | OrganizationEvent::ServiceAccountRotated(_) => {}
        }
        Ok(())
    }

    fn membership(&mut self, user: UserId) -> Result<&mut Membership, Refusal> {
        self.members.get_mut(&user).ok_or("without this member")
    }

    fn join(&mut self, team: TeamId, user: UserId, role: TeamRole) -> Result<(), Refusal> {
        if !self.teams.contains(&team) {
            return Err("without this team");
        }
        self.membership(user)?.teams.insert(team, role);
        Ok(())
    }

    fn dissolve(&mut self, team: TeamId) {
        self.teams.remove(&team);
        for membership in self.members.values_mut() {
            membership.teams.remove(&team);
        }
    }
}

/// A word that is no permission narrows to nothing more.
fn narrowed_to(account: &ServiceAccountCreated) -> BTreeSet<Permission> {
    let words = account.scopes.iter();
    words.filter_map(|word| Permission::parse(word)).collect()
}
