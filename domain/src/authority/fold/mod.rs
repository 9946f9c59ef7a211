//! Who may do what in one organization, folded from its ledger.
//!
//! The fold keeps what judgements look at and nothing else. It trusts the aggregates for their rules: what is
//! granted again is granted, what is revoked without having been granted is gone. It refuses only a fact about a member,
//! a team or a project that it has never heard of, because whatever it judged from there on would be a guess.

mod organization;
mod package;
mod project;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::Fact;
use crate::kernel::{
    ActorId, Event as _, ImpossibleTransition, ProjectId, ServiceAccountId, StreamId, TeamId,
    TenantId, UserId,
};
use crate::organization::{OrganizationRole, RoleScope, ScopedRole, TeamRole};
use crate::permission::{Permission, Resource, Sharing};
use crate::project::{GrantRole, Owner, Principal, ProjectVisibility};

/// Everything that judgements look at, as of one position of one ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityState {
    /// Whose ledger; absent before the first fact.
    pub(super) organization: Option<TenantId>,
    pub(super) members: BTreeMap<UserId, Membership>,
    pub(super) teams: BTreeSet<TeamId>,
    /// Live ones, and the permissions that each is narrowed to.
    pub(super) service_accounts: BTreeMap<ServiceAccountId, BTreeSet<Permission>>,
    pub(super) projects: BTreeMap<ProjectId, Room>,
    pub(super) packages: BTreeMap<String, Package>,
    /// Package of every resource that one of the packages has or had.
    pub(super) resources: BTreeMap<Resource, String>,
    pub(super) sharing: BTreeMap<Resource, Sharing>,
}

/// What somebody is in the organization. Gone with everything in it when they are removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Membership {
    pub(super) role: OrganizationRole,
    pub(super) teams: BTreeMap<TeamId, TeamRole>,
    /// Further roles, and when each ends.
    pub(super) scoped: BTreeMap<(ScopedRole, RoleScope), Option<i64>>,
}

/// A project, as far as access to it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) owner: Owner,
    pub(super) visibility: ProjectVisibility,
    pub(super) is_archived: bool,
    pub(super) access: BTreeMap<Principal, GrantRole>,
}

/// An installed package, as far as access to it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// Who installed it, if a person did.
    pub(super) owner: Option<UserId>,
    /// The package as a resource, if its kind is one.
    pub(super) whole: Option<Resource>,
    /// The skills that it has now.
    pub(super) skills: BTreeSet<Resource>,
    /// Everything that it has or had since it was installed.
    pub(super) known: BTreeSet<Resource>,
}

/// What the fold has not heard of, or has heard of already.
type Refusal = &'static str;

impl AuthorityState {
    /// Applies one fact of the organization's ledger: `by` whom it was caused and in which stream it stands.
    /// Facts that change nobody's authority are skipped.
    pub fn apply(
        &mut self,
        fact: &Fact,
        by: &ActorId,
        organization: TenantId,
        stream_id: &StreamId,
    ) -> Result<(), ImpossibleTransition> {
        let applied = if *self.organization.get_or_insert(organization) == organization {
            match fact {
                Fact::Organization(event) => self.apply_organization(event),
                Fact::Project(event) => self.apply_project(event, stream_id),
                Fact::Permission(event) => {
                    self.apply_permission(event);
                    Ok(())
                }
                Fact::Extension(event) => {
                    self.apply_extension(event, by, organization, stream_id.id());
                    Ok(())
                }
                Fact::Authority(_)
                | Fact::Instance(_)
                | Fact::Run(_)
                | Fact::Secret(_)
                | Fact::Template(_)
                | Fact::User(_) => Ok(()),
            }
        } else {
            Err("of another organization")
        };
        applied.map_err(|state| ImpossibleTransition {
            state,
            event: fact.wire_name(),
        })
    }
}
