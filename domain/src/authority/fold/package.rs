//! What facts about extensions, and about the access to them, do.
//!
//! An agent and a package of skills are resources, and so is each skill; other kinds are none. Whoever installed a
//! package owns it and all of its skills; one that the fold hears of only later was installed when such facts were not
//! yet about authority, and has no owner. A skill that an update drops is no resource any more, but what was granted
//! on it waits: the aggregate still has it, and a tight policy must not be gone when the skill comes back. With the
//! package everything goes.

use std::collections::BTreeSet;

use super::{AuthorityState, Package};
use crate::extension::{ExtensionEvent, IndexedSkill, Kind};
use crate::kernel::{ActorId, TenantId};
use crate::permission::{PermissionEvent, Resource, Sharing};

impl AuthorityState {
    pub(super) fn apply_extension(
        &mut self,
        event: &ExtensionEvent,
        by: &ActorId,
        organization: TenantId,
        name: &str,
    ) {
        match event {
            ExtensionEvent::Installed(e) => {
                self.packages.remove(name);
                self.package(name).owner = by.user_id();
                self.place(organization, name, e.release.kind);
            }
            ExtensionEvent::Updated(e) => self.place(organization, name, e.release.kind),
            ExtensionEvent::SkillsIndexed(e) => {
                let id = |skill: &IndexedSkill| Resource::skill(organization, name, &skill.name);
                let skills: BTreeSet<Resource> = e.skills.iter().map(id).collect();
                self.know(name, &skills);
                self.package(name).skills = skills;
            }
            ExtensionEvent::Uninstalled(_) | ExtensionEvent::ForceDeleted(_) => self.forget(name),
            ExtensionEvent::Archived(_)
            | ExtensionEvent::Restored(_)
            | ExtensionEvent::ObjectTypesDeclared(_) => {}
        }
    }

    pub(super) fn apply_permission(&mut self, event: &PermissionEvent) {
        match event {
            PermissionEvent::CoOwnerGranted(e) => self.share(e.resource, |sharing| {
                sharing.co_owners.insert(e.user_id);
            }),
            PermissionEvent::CoOwnerRevoked(e) => self.share(e.resource, |sharing| {
                sharing.co_owners.remove(&e.user_id);
            }),
            PermissionEvent::PolicySet(e) => self.share(e.resource, |sharing| {
                sharing.policy = Some(e.policy);
            }),
            PermissionEvent::PolicyCleared(e) => self.share(e.resource, |sharing| {
                sharing.policy = None;
            }),
            PermissionEvent::Deleted(e) => {
                self.sharing.remove(&e.resource);
            }
        }
    }

    /// Changes what is granted, and keeps nothing where nothing is.
    fn share(&mut self, resource: Resource, change: impl FnOnce(&mut Sharing)) {
        let mut sharing = self.sharing.remove(&resource).unwrap_or_default();
        change(&mut sharing);
        if !sharing.is_empty() {
            self.sharing.insert(resource, sharing);
        }
    }

    fn package(&mut self, name: &str) -> &mut Package {
        self.packages.entry(name.to_owned()).or_default()
    }

    /// The package is of that kind now.
    fn place(&mut self, organization: TenantId, name: &str, kind: Kind) {
        let whole = whole_of(organization, name, kind);
        self.know(name, whole.iter());
        self.package(name).whole = whole;
    }

    fn know<'r>(&mut self, name: &str, resources: impl IntoIterator<Item = &'r Resource>) {
        for resource in resources {
            self.resources.insert(*resource, name.to_owned());
            self.package(name).known.insert(*resource);
        }
    }

    fn forget(&mut self, name: &str) {
        let package = self.packages.remove(name).unwrap_or_default();
        for resource in &package.known {
            self.resources.remove(resource);
            self.sharing.remove(resource);
        }
    }
}

/// The package itself as a resource.
fn whole_of(organization: TenantId, name: &str, kind: Kind) -> Option<Resource> {
    match kind {
        Kind::Agent => Some(Resource::agent_template(organization, name)),
        Kind::Skill => Some(Resource::skill_package(organization, name)),
        Kind::Artifact | Kind::Connector | Kind::Workflow => None,
    }
}
