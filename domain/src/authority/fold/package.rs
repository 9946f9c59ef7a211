//! What facts about extensions, and about the access to them, do.
//!
//! An agent and a package of skills are resources, and so is each skill; other kinds are none. Whoever installed a
//! package owns it and all of its skills. A skill that an update drops is no resource any more, but what was granted
//! on it waits: the aggregate still has it, and a tight policy must not be gone when the skill comes back. With the
//! package everything goes.

use std::collections::BTreeSet;

use super::{AuthorityState, Package, Refusal};
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
    ) -> Result<(), Refusal> {
        match event {
            ExtensionEvent::Installed(e) => {
                let whole = whole_of(organization, name, e.release.kind);
                let package = Package {
                    owner: by.user_id(),
                    whole,
                    skills: BTreeSet::new(),
                    known: BTreeSet::new(),
                };
                self.packages.insert(name.to_owned(), package);
                self.know(name, whole)
            }
            ExtensionEvent::Updated(e) => {
                let whole = whole_of(organization, name, e.release.kind);
                self.package(name)?.whole = whole;
                self.know(name, whole)
            }
            ExtensionEvent::SkillsIndexed(e) => {
                let id = |skill: &IndexedSkill| Resource::skill(organization, name, &skill.name);
                let skills: BTreeSet<Resource> = e.skills.iter().map(id).collect();
                self.package(name)?.skills.clone_from(&skills);
                self.know(name, skills)
            }
            ExtensionEvent::Uninstalled(_) | ExtensionEvent::ForceDeleted(_) => self.forget(name),
            ExtensionEvent::Archived(_) | ExtensionEvent::Restored(_) => Ok(()),
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

    fn package(&mut self, name: &str) -> Result<&mut Package, Refusal> {
        self.packages.get_mut(name).ok_or("without this package")
    }

    fn know(
        &mut self,
        name: &str,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<(), Refusal> {
        for resource in resources {
            self.resources.insert(resource, name.to_owned());
            self.package(name)?.known.insert(resource);
        }
        Ok(())
    }

    fn forget(&mut self, name: &str) -> Result<(), Refusal> {
        let package = self.packages.remove(name).ok_or("without this package")?;
        for resource in &package.known {
            self.resources.remove(resource);
            self.sharing.remove(resource);
        }
        Ok(())
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
