//! What the rules remember of an organization.

use std::collections::{BTreeMap, BTreeSet};

use super::{OrganizationRole, RoleScope, ScopedRole, TeamRole};
use crate::kernel::{ContentRef, InvitationId, ServiceAccountId, TeamId, TenantId, UserId};

/// One organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OrganizationState {
    /// It never came to be.
    #[default]
    Absent,
    /// It is there.
    Running(Box<Running>),
}

/// An organization that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Which.
    pub organization_id: TenantId,
    /// Unique on the instance.
    pub slug: String,
    /// What it is called.
    pub name: ContentRef,
    /// Who belongs to it.
    pub members: BTreeMap<UserId, OrganizationRole>,
    /// Every invitation there ever was.
    pub invitations: BTreeMap<InvitationId, Invitation>,
    /// Its teams.
    pub teams: BTreeMap<TeamId, Team>,
    /// Further roles of members, each with its end if it has one; one that ended stays until it is revoked.
    pub role_grants: BTreeMap<(UserId, ScopedRole, RoleScope), Option<i64>>,
    /// Every service account there ever was.
    pub service_accounts: BTreeMap<ServiceAccountId, ServiceAccount>,
}

/// An offer to join, sent by e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Where it went; absent once that was erased.
    pub email: Option<ContentRef>,
    /// The role that comes with it.
    pub role: OrganizationRole,
    /// The team that comes with it.
    pub team_id: Option<TeamId>,
    /// When it ends, in microseconds since 1970.
    pub expires_at_us: i64,
    /// What became of it.
    pub status: InvitationStatus,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// Nothing yet; it may have ended all the same.
    Pending,
    /// This person followed it.
    Accepted(UserId),
    /// It was taken back.
    Canceled,
}

/// Members who work together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Unique in the organization.
    pub slug: String,
    /// What it is called.
    pub name: ContentRef,
    /// Who belongs to it: always members of the organization.
    pub members: BTreeMap<UserId, TeamRole>,
}

/// A program that acts in the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// What it is called.
    pub name: ContentRef,
    /// Permissions it is narrowed to.
    pub scopes: Vec<String>,
    /// Whether it works.
    pub is_live: bool,
}

impl OrganizationState {
    /// The organization, once it is there.
    pub fn running(&self) -> Option<&Running> {
        match self {
            Self::Absent => None,
            Self::Running(running) => Some(running),
        }
    }

    /// What somebody is in it; nothing for who is no member.
    pub fn role_of(&self, user: UserId) -> Option<OrganizationRole> {
        self.running()?.role_of(user)
    }

    /// Who decides who belongs to it.
    pub fn owners(&self) -> impl Iterator<Item = UserId> {
        self.running().into_iter().flat_map(Running::owners)
    }

    pub(super) fn stage(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Running(_) => "running",
        }
    }
}

impl Running {
    /// What somebody is in it; nothing for who is no member.
    pub fn role_of(&self, user: UserId) -> Option<OrganizationRole> {
        self.members.get(&user).copied()
    }

    /// Who decides who belongs to it.
    pub fn owners(&self) -> impl Iterator<Item = UserId> {
        let owners = self.members.iter();
        owners.filter_map(|(user, role)| (*role == OrganizationRole::Owner).then_some(*user))
    }

    /// Whether it would be left without an owner if this one stopped being one. Owners who are `gone` are none.
    pub fn is_last_owner(&self, user: UserId, gone: &BTreeSet<UserId>) -> bool {
        let others = self.owners().filter(|owner| *owner != user);
        self.role_of(user) == Some(OrganizationRole::Owner)
            && others.filter(|owner| !gone.contains(owner)).count() == 0
    }

    /// The team with this slug.
    pub fn team_by_slug(&self, slug: &str) -> Option<TeamId> {
        let found = self.teams.iter().find(|(_, team)| team.slug == slug);
        found.map(|(id, _)| *id)
    }

    /// Invitations that can still be followed.
    pub fn open_invitations(
        &self,
        now_us: i64,
    ) -> impl Iterator<Item = (InvitationId, &Invitation)> {
        let invitations = self.invitations.iter();
        invitations.filter_map(move |(id, invitation)| {
            invitation.is_open(now_us).then_some((*id, invitation))
        })
    }

    /// Service accounts that work.
    pub fn live_service_accounts(
        &self,
    ) -> impl Iterator<Item = (ServiceAccountId, &ServiceAccount)> {
        let accounts = self.service_accounts.iter();
        accounts.filter_map(|(id, account)| account.is_live.then_some((*id, account)))
    }
}

impl Invitation {
    /// Whether it can still be followed.
    pub fn is_open(&self, now_us: i64) -> bool {
        self.status == InvitationStatus::Pending && now_us < self.expires_at_us
    }
}
