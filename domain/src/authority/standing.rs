//! By what somebody acts in an organization at all, and what every judgement within it starts with.

use std::collections::BTreeSet;

use super::fold::Membership;
use super::{
    Actor, ActorKind, Allowed, AuthorityState, BypassReason, Denied, authority_tag,
    service_authority_tag,
};
use crate::kernel::{InvalidId, ServiceAccountId, Tag, UserId};
use crate::permission::{Permission, Role, effective_grants};

/// By what somebody acts in the organization.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<'a> {
    /// Nobody is there yet.
    Bootstrap,
    /// An administrator of the instance who says why.
    Bypass(BypassReason),
    /// They belong to it now.
    Member(UserId, &'a Membership),
    /// A live program of it, and the permissions that it is narrowed to.
    Program(ServiceAccountId, &'a BTreeSet<Permission>),
}

impl<'a> Standing<'a> {
    /// What grants everything, whatever is demanded; nothing for members and programs.
    pub(super) fn outright(&self) -> Option<String> {
        match self {
            Self::Bootstrap => Some("bootstrap".to_owned()),
            Self::Bypass(reason) => Some(format!("bypass:{}", reason.as_str())),
            Self::Member(..) | Self::Program(..) => None,
        }
    }

    /// What they are in the organization, if they belong to it.
    pub(super) fn membership(&self) -> Option<(UserId, &'a Membership)> {
        match self {
            Self::Member(user, membership) => Some((*user, membership)),
            Self::Bootstrap | Self::Bypass(_) | Self::Program(..) => None,
        }
    }

    /// What the standing itself rests on in the organization's ledger.
    pub(super) fn ground(&self) -> Option<Result<Tag, InvalidId>> {
        match self {
            Self::Bootstrap | Self::Bypass(_) => None,
            Self::Member(user, _) => Some(authority_tag(*user)),
            Self::Program(account, _) => Some(service_authority_tag(*account)),
        }
    }
}

impl AuthorityState {
    /// By what the actor acts in this organization. An administrator of the instance who is no member needs a
    /// bypass; one who is a member may use it too.
    pub(super) fn standing(&self, actor: &Actor) -> Result<Standing<'_>, Denied> {
        if actor.kind == ActorKind::Anonymous {
            return Err(Denied::Unauthenticated);
        }
        let organization = actor.organization.ok_or(Denied::NoOrganization)?;
        if self.organization.is_some_and(|of| of != organization) {
            return Err(Denied::NoOrganization);
        }
        let standing = match actor.kind {
            ActorKind::Anonymous => None,
            ActorKind::Bootstrap => Some(Standing::Bootstrap),
            ActorKind::User(user) => {
                let bypass = actor.bypass.filter(|_| actor.is_platform_admin());
                let member = || Some(Standing::Member(user, self.members.get(&user)?));
                bypass.map(Standing::Bypass).or_else(member)
            }
            ActorKind::ServiceAccount(account) => {
                let scopes = self.service_accounts.get(&account);
                scopes.map(|scopes| Standing::Program(account, scopes))
            }
        };
        standing.ok_or(Denied::NoOrganization)
    }

    /// The standing of somebody whose credential reaches as far as `permission`: the first question of every
    /// judgement, answered before any look at a target.
    pub(super) fn enter(
        &self,
        actor: &Actor,
        permission: Permission,
    ) -> Result<Standing<'_>, Denied> {
        let standing = self.standing(actor)?;
        let reaches = actor.reaches(permission)
            && match standing {
                Standing::Bootstrap | Standing::Bypass(_) | Standing::Member(..) => true,
                Standing::Program(_, scopes) => {
                    let granted = effective_grants(Role::ServiceAccount);
                    granted.contains(&permission) && scopes.contains(&permission)
                }
            };
        if reaches {
            Ok(standing)
        } else {
            Err(Denied::lacking(permission))
        }
    }
}

/// The affirmative. What cannot be named as a tag cannot be relied on: then nothing is allowed.
pub(super) fn allow(
    permission: Permission,
    via: impl Into<String>,
    grounds: impl IntoIterator<Item = Result<Tag, InvalidId>>,
) -> Result<Allowed, Denied> {
    let relied_on: Result<Vec<Tag>, InvalidId> = grounds.into_iter().collect();
    Ok(Allowed {
        permission: permission.as_str(),
        via: via.into(),
        relied_on: relied_on.map_err(|_| Denied::Hidden)?,
    })
}
