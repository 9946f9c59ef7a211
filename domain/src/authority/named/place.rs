//! Who may have something at one of the four levels.

use crate::authority::standing::allow;
use crate::authority::{Actor, Allowed, AuthorityState, Denied, authority_tag, team_tag};
use crate::permission::{Permission, Role};
use crate::project::Owner;

/// The permission at a place: for oneself, for a team that one administers, for the organization by its
/// administrators, for the workspace by those of the instance. A team that is not there is hidden, and so is, from
/// whoever acts outright, a person who does not belong to the organization.
pub(in crate::authority) fn hold_at(
    state: &AuthorityState,
    actor: &Actor,
    place: Owner,
    permission: Permission,
) -> Result<Allowed, Denied> {
    let standing = state.enter(actor, permission)?;
    let team = match place {
        Owner::Team(team) if !state.team_exists(team) => return Err(Denied::Hidden),
        Owner::Team(team) => Some(team_tag(team)),
        Owner::User(_) | Owner::Organization | Owner::Workspace => None,
    };
    if let Some(via) = standing.outright() {
        let somebody = match place {
            Owner::User(user) if state.member_role(user).is_none() => return Err(Denied::Hidden),
            Owner::User(user) => Some(authority_tag(user)),
            Owner::Team(_) | Owner::Organization | Owner::Workspace => None,
        };
        return allow(permission, via, somebody.into_iter().chain(team));
    }
    let (user, _) = standing.membership().ok_or(Denied::lacking(permission))?;
    let via = match place {
        Owner::User(owner) => (owner == user).then_some("self"),
        Owner::Team(team) => {
            let is_admin = state.is_team_admin(user, team);
            is_admin.then_some(Role::TeamAdmin.as_str())
        }
        Owner::Organization => state
            .administers(actor)
            .map(|role| Role::from(role).as_str()),
        Owner::Workspace => {
            let is_admin = actor.is_platform_admin();
            is_admin.then_some(Role::PlatformAdmin.as_str())
        }
    };
    let via = via.ok_or(Denied::lacking(permission))?;
    allow(permission, via, standing.ground().into_iter().chain(team))
}

/// `assertCanInstallAtTarget`: who may install for whom. As everywhere, but a team's administrators share that with
/// the organization's.
pub fn assert_can_install_at_target(
    state: &AuthorityState,
    actor: &Actor,
    target: Owner,
) -> Result<Allowed, Denied> {
    let permission = Permission::RegistryInstall;
    let outcome = hold_at(state, actor, target, permission);
    match (target, outcome) {
        (Owner::Team(team), Err(Denied::Forbidden(_))) => {
            let of_all = hold_at(state, actor, Owner::Organization, permission)?;
            let mut relied_on = of_all.relied_on;
            relied_on.push(team_tag(team).map_err(|_| Denied::Hidden)?);
            Ok(Allowed {
                relied_on,
                ..of_all
            })
        }
        (_, outcome) => outcome,
    }
}
