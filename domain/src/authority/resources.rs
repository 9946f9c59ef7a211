//! Questions about access to agents, packages of skills and skills.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::named::{enforce_resource_access, enforce_run_access};
use super::projects::project_right;
use super::standing::Standing;
use super::{Actor, AuthorityState, Denied, Operation, team_tag};
use crate::extension::{PackageName, extension_tag};
use crate::kernel::{InvalidId, RunId, Tag, UserId};
use crate::organization::OrganizationRole;
use crate::permission::{
    Permission, Policy, Resource, ResourceKind, Role, Visibility, resolve_effective_policy,
    resource_tag,
};
use crate::project::project_tag;

/// Who may use one resource, all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceAccess<'a> {
    /// Which.
    pub resource: Resource,
    /// The package that it is or belongs to; absent for a run.
    pub package: Option<&'a str>,
    /// Who installed the package or started the run, if a person did.
    pub owner: Option<UserId>,
    /// The package of a skill as a resource; absent for the package itself.
    pub parent: Option<Resource>,
    /// Who else may do nearly everything that the owner may.
    pub co_owners: &'a BTreeSet<UserId>,
    /// What was said about this resource itself.
    pub policy: Option<Policy>,
    /// What counts: this resource's own fields, else its package's, else the fallback.
    pub effective_policy: Policy,
}

impl ResourceAccess<'_> {
    /// What every judgement about it rests on: its package, what is granted on it and on its package.
    pub(super) fn grounds(&self) -> impl Iterator<Item = Result<Tag, InvalidId>> {
        let package = self.package.map(|package| {
            let package = PackageName::parse(package).map_err(|_| InvalidId {
                kind: "package",
                reason: "not a package name",
            });
            package.and_then(|package| extension_tag(&package))
        });
        let resources = [Some(self.resource), self.parent].into_iter().flatten();
        package.into_iter().chain(resources.map(resource_tag))
    }
}

/// One reason why somebody may do something with a resource.
pub(super) struct ResourceRight {
    /// `owner`, `co_owner`, the role of an administrator, or `policy:` and the word of a visibility.
    pub(super) via: String,
    /// What it rests on beside the resource.
    pub(super) grounds: Vec<Result<Tag, InvalidId>>,
}

impl ResourceRight {
    fn of(via: &str) -> Self {
        Self {
            via: via.to_owned(),
            grounds: Vec::new(),
        }
    }
}

static NOBODY: BTreeSet<UserId> = BTreeSet::new();

/// What a run says of itself: nothing of it ever changes but by an event with the run's own tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunTarget {
    /// Which.
    pub run_id: RunId,
    /// Whose it is, if a person started it.
    pub owner: Option<UserId>,
    /// What it was given when it was started.
    pub policy: Option<Policy>,
}

/// Which runs somebody finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadableRuns {
    /// All of the organization.
    All,
    /// Their own, and those that were shared with them.
    Only {
        /// Whose own.
        owner: Option<UserId>,
        /// Which were shared.
        shared: Vec<RunId>,
    },
}

impl AuthorityState {
    /// Who may do what with a run. The fold knows of runs only what was granted on them: how many there are does not
    /// weigh on it. What nobody said is the owner's alone. Source: spec/runs.md 1.10.
    pub fn run(&self, target: RunTarget) -> ResourceAccess<'_> {
        const OWN: Policy = Policy {
            read: Some(Visibility::Owner),
            execute: Some(Visibility::Owner),
            share: Some(Visibility::Owner),
        };
        let resource = Resource::agent_run(target.run_id);
        let shared = self.sharing.get(&resource);
        let policy = shared.and_then(|sharing| sharing.policy);
        let policies = [
            policy.unwrap_or_default(),
            target.policy.unwrap_or_default(),
            OWN,
        ];
        ResourceAccess {
            resource,
            package: None,
            owner: target.owner,
            parent: None,
            co_owners: shared.map_or(&NOBODY, |sharing| &sharing.co_owners),
            policy,
            effective_policy: resolve_effective_policy(&policies),
        }
    }

    /// Who may use a resource; nothing for one that no installed package has. A skill's own policy replaces its
    /// package's field by field, whether tighter or wider; its co-owners are its own.
    pub fn resource(&self, resource: Resource) -> Option<ResourceAccess<'_>> {
        let name = self.resources.get(&resource)?;
        let package = self.packages.get(name)?;
        let is_whole = package.whole == Some(resource);
        if !is_whole && !package.skills.contains(&resource) {
            return None;
        }
        let parent = package.whole.filter(|_| !is_whole);
        let shared = self.sharing.get(&resource);
        let policy = shared.and_then(|sharing| sharing.policy);
        let of_parent = parent.and_then(|parent| self.sharing.get(&parent)?.policy);
        let policies = [
            policy.unwrap_or_default(),
            of_parent.unwrap_or_default(),
            Policy::FALLBACK,
        ];
        Some(ResourceAccess {
            resource,
            package: Some(name),
            owner: package.owner,
            parent,
            co_owners: shared.map_or(&NOBODY, |sharing| &sharing.co_owners),
            policy,
            effective_policy: resolve_effective_policy(&policies),
        })
    }

    /// The runs that the actor finds. Source: spec/runs.md 1.10.
    pub fn readable_runs(&self, actor: &Actor, now_us: i64) -> ReadableRuns {
        let may_read = |run_id, owner| {
            let target = RunTarget {
                run_id,
                owner,
                policy: None,
            };
            enforce_run_access(self, actor, target, Permission::RunList, now_us).is_ok()
        };
        // What nobody owns and nobody shared is read by whoever reads everything.
        if may_read(RunId(Uuid::nil()), None) {
            return ReadableRuns::All;
        }
        let own = actor.user();
        let owners = own.filter(|user| may_read(RunId(Uuid::nil()), Some(*user)));
        let shared = self.sharing.keys();
        let shared = shared.filter(|resource| resource.kind == ResourceKind::AgentRun);
        let shared = shared.map(|resource| RunId(resource.id.0));
        ReadableRuns::Only {
            owner: owners,
            shared: shared.filter(|run_id| may_read(*run_id, None)).collect(),
        }
    }

    /// The package that a resource is or belongs to.
    pub fn package_of(&self, resource: Resource) -> Option<&str> {
        self.resources.get(&resource).map(String::as_str)
    }

    /// Everything that goes when a package goes: itself, its skills, and former skills on which something is still
    /// granted.
    pub fn resources_of_package(&self, package: &str) -> Vec<Resource> {
        let known = self.packages.get(package).map(|package| &package.known);
        let known = known.into_iter().flatten().copied();
        known
            .filter(|resource| {
                self.sharing.contains_key(resource) || self.resource(*resource).is_some()
            })
            .collect()
    }

    /// By what right the actor may do that with the resource.
    ///
    /// - Read: the owner, co-owners, administrators of the organization, whom the policy lets look.
    /// - Execute: the same, but whom the policy lets use it, if one of their roles may use such things at all.
    /// - Share: the same, but whom the policy lets hand it on.
    /// - Manage, to say who may use it: the owner, and owners of the organization.
    ///
    /// Whoever may not read it is told nothing; whoever may read it, but not that, is forbidden. Only live members
    /// and programs of the organization count, and whoever acts outright.
    pub fn may(
        &self,
        actor: &Actor,
        resource: Resource,
        operation: Operation,
        now_us: i64,
    ) -> Result<String, Denied> {
        let allowed = enforce_resource_access(self, actor, resource, operation, now_us)?;
        Ok(allowed.via)
    }

    /// The installed agents and packages of skills that the actor may not read: what lists and searches leave out.
    pub fn hidden_packages(&self, actor: &Actor, now_us: i64) -> Vec<String> {
        if self.nothing_is_closed_to(actor) {
            return Vec::new();
        }
        let is_hidden = |whole| self.may(actor, whole, Operation::Read, now_us).is_err();
        let hidden = self
            .packages
            .iter()
            .filter(|(_, package)| package.whole.is_some_and(is_hidden));
        hidden.map(|(name, _)| name.clone()).collect()
    }

    /// The skills of installed packages that the actor may not read. A skill may be readable though its package is
    /// not, and the other way round.
    pub fn hidden_skills(&self, actor: &Actor, now_us: i64) -> Vec<Resource> {
        if self.nothing_is_closed_to(actor) {
            return Vec::new();
        }
        let skills = self.packages.values().flat_map(|package| &package.skills);
        skills
            .copied()
            .filter(|skill| self.may(actor, *skill, Operation::Read, now_us).is_err())
            .collect()
    }

    /// Whether the default policy, which lets every member look, is the only one: mostly there is nothing to judge one
    /// by one on every read.
    fn nothing_is_closed_to(&self, actor: &Actor) -> bool {
        let looks_freely = match self.standing(actor) {
            Ok(Standing::Member(..) | Standing::Bootstrap | Standing::Bypass(_)) => true,
            Ok(Standing::Program(..)) | Err(_) => false,
        };
        looks_freely
            && actor.scopes.is_none()
            && self
                .sharing
                .values()
                .all(|sharing| sharing.policy.is_none())
    }

    /// The first right of a member or program to do that; what a role may do at all is not looked at.
    pub(super) fn resource_right(
        &self,
        actor: &Actor,
        standing: Standing<'_>,
        access: &ResourceAccess<'_>,
        operation: Operation,
    ) -> Option<ResourceRight> {
        let admitted = match operation {
            Operation::Read => access.effective_policy.read,
            Operation::Execute => access.effective_policy.execute,
            Operation::Share => access.effective_policy.share,
            Operation::Manage => None,
        };
        if let Some((user, membership)) = standing.membership() {
            let least = match operation {
                Operation::Read | Operation::Execute | Operation::Share => OrganizationRole::Admin,
                Operation::Manage => OrganizationRole::Owner,
            };
            if access.owner == Some(user) {
                return Some(ResourceRight::of("owner"));
            }
            if operation != Operation::Manage && access.co_owners.contains(&user) {
                return Some(ResourceRight::of("co_owner"));
            }
            if membership.role >= least {
                return Some(ResourceRight::of(Role::from(membership.role).as_str()));
            }
        }
        let visibility = admitted?;
        Some(ResourceRight {
            via: format!("policy:{}", visibility.word()),
            grounds: self.admits(visibility, actor, standing)?,
        })
    }

    /// Whether a visibility is for somebody who neither owns nor co-owns, and what that rests on. Programs are of
    /// the organization, but of no team and no project.
    fn admits(
        &self,
        visibility: Visibility,
        actor: &Actor,
        standing: Standing<'_>,
    ) -> Option<Vec<Result<Tag, InvalidId>>> {
        match visibility {
            Visibility::Owner => None,
            Visibility::Org | Visibility::Workspace => Some(Vec::new()),
            Visibility::OrgOf(organization) => {
                (self.organization == Some(organization)).then(Vec::new)
            }
            Visibility::Team(team) => {
                let (_, membership) = standing.membership()?;
                let is_in = membership.teams.contains_key(&team);
                is_in.then(|| vec![team_tag(team)])
            }
            Visibility::Project(project) => {
                let (user, membership) = standing.membership()?;
                let room = self.projects.get(&project)?;
                let right = project_right(actor, user, membership, room)?;
                let team = right.team.map(team_tag);
                Some(std::iter::once(project_tag(project)).chain(team).collect())
            }
            Visibility::Admin => {
                let (_, membership) = standing.membership()?;
                (membership.role >= OrganizationRole::Admin).then(Vec::new)
            }
        }
    }
}
