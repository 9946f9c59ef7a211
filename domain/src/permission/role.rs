//! Roles, what each inherits, and everything that each may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::Permission;
use super::grants::direct_grants;
use crate::organization::{OrganizationRole, ScopedRole};

/// A role. Source: spec/workspace.md 2.3.
///
/// In the order in which a judgement names what granted it: what somebody is in the organization comes
/// before what they are on the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Decides who belongs to the organization.
    OrgOwner,
    /// Administers the organization.
    OrgAdmin,
    /// Administers a team; counts for that team only.
    TeamAdmin,
    /// Works in the organization.
    Member,
    /// Makes agents and skills.
    Developer,
    /// Publishes.
    ReleaseManager,
    /// Is served, and sees little.
    Customer,
    /// A program of the organization.
    ServiceAccount,
    /// An agent from elsewhere.
    ExternalAgent,
    /// Administers the instance.
    PlatformAdmin,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::OrgOwner,
        Self::OrgAdmin,
        Self::TeamAdmin,
        Self::Member,
        Self::Developer,
        Self::ReleaseManager,
        Self::Customer,
        Self::ServiceAccount,
        Self::ExternalAgent,
        Self::PlatformAdmin,
    ];

    /// The word that envelopes keep.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrgOwner => "org_owner",
            Self::OrgAdmin => "org_admin",
            Self::TeamAdmin => "team_admin",
            Self::Member => "member",
            Self::Developer => "developer",
            Self::ReleaseManager => "release_manager",
            Self::Customer => "customer",
            Self::ServiceAccount => "service_account",
            Self::ExternalAgent => "external_agent",
            Self::PlatformAdmin => "platform_admin",
        }
    }

    /// Reads a word; nothing for one that is no role.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The one role whose permissions come with it. Following this never leads back.
    pub const fn inherits(self) -> Option<Self> {
        match self {
            Self::OrgOwner => Some(Self::OrgAdmin),
            Self::OrgAdmin | Self::TeamAdmin => Some(Self::Member),
            Self::Member
            | Self::Developer
            | Self::ReleaseManager
            | Self::Customer
            | Self::ServiceAccount
            | Self::ExternalAgent
            | Self::PlatformAdmin => None,
        }
    }
}

impl From<OrganizationRole> for Role {
    fn from(role: OrganizationRole) -> Self {
        match role {
            OrganizationRole::Owner => Self::OrgOwner,
            OrganizationRole::Admin => Self::OrgAdmin,
            OrganizationRole::Member => Self::Member,
        }
    }
}

impl From<ScopedRole> for Role {
    fn from(role: ScopedRole) -> Self {
        match role {
            ScopedRole::Developer => Self::Developer,
            ScopedRole::ReleaseManager => Self::ReleaseManager,
            ScopedRole::Customer => Self::Customer,
        }
    }
}

/// A role and those that it inherits, nearest first. Ends even if inheritance led back.
pub(super) fn lineage(role: Role) -> Vec<Role> {
    let mut line = Vec::new();
    let mut next = Some(role);
    while let Some(role) = next.filter(|role| !line.contains(role)) {
        line.push(role);
        next = role.inherits();
    }
    line
}

/// What a role may do, inherited permissions included. Computed once.
pub fn effective_grants(role: Role) -> &'static BTreeSet<Permission> {
    static GRANTS: LazyLock<BTreeMap<Role, BTreeSet<Permission>>> = LazyLock::new(|| {
        let granted = |role| lineage(role).into_iter().flat_map(direct_grants).copied();
        let all = Role::ALL.into_iter();
        all.map(|role| (role, granted(role).collect())).collect()
    });
    static NOTHING: BTreeSet<Permission> = BTreeSet::new();
    GRANTS.get(&role).unwrap_or(&NOTHING)
}
