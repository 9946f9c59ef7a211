//! Who depends on a package, folded from events found by tag.
//!
//! Every extension event is tagged `dep-on:<package>` for every edge it adds or removes, so the events
//! with that tag, with their own packages, are the whole history of the package's dependents.

use std::collections::BTreeMap;

use super::version::Constraint;
use super::{Dependency, Effect, ExtensionEvent, Release, Status, Version};

/// A package with an edge that blocks to the package in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// Its name.
    pub package_name: String,
    /// What people call it.
    pub display_name: Option<String>,
    /// Its version.
    pub version: String,
    /// Active or archived.
    pub status: Status,
    /// Which versions its edge accepts.
    pub range: String,
}

impl Dependent {
    /// What a message calls it.
    pub fn title(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.package_name)
    }

    /// Whether its edge accepts a version. What cannot be read accepts everything: it was accepted.
    pub fn admits(&self, version: &Version) -> bool {
        Constraint::parse(&self.range)
            .ok()
            .is_none_or(|constraint| constraint.admits(version))
    }
}

/// Everything that still refers to a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Packages that depend on it.
    pub dependents: Vec<Dependent>,
    /// How often it has been used since it was installed, runs for example.
    pub uses: u64,
}

impl References {
    /// Dependents in a status, ordered by name.
    pub fn dependents_in(&self, status: Status) -> impl Iterator<Item = &Dependent> {
        self.dependents.iter().filter(move |d| d.status == status)
    }
}

/// Folds events, each with the package it happened to, into the present dependents of `package`,
/// ordered by name. Events of packages without an edge to it do no harm.
pub fn dependents_of<'a>(
    package: &str,
    events: impl IntoIterator<Item = (&'a str, &'a ExtensionEvent)>,
) -> Vec<Dependent> {
    let mut dependents: BTreeMap<&str, Dependent> = BTreeMap::new();
    for (name, event) in events {
        match event.effect() {
            Effect::Places(release) => replace(&mut dependents, name, release, package),
            Effect::Flags(status) => {
                if let Some(dependent) = dependents.get_mut(name) {
                    dependent.status = status;
                }
            }
            Effect::Keeps => {}
            Effect::Removes => {
                dependents.remove(name);
            }
        }
    }
    dependents.into_values().collect()
}

/// Puts a release's edge to `package` in the place of whatever its package had before.
fn replace<'a>(
    dependents: &mut BTreeMap<&'a str, Dependent>,
    name: &'a str,
    release: &Release,
    package: &str,
) {
    dependents.remove(name);
    if let Some(edge) = edge_to(release, package).filter(|_| name != package) {
        dependents.insert(
            name,
            Dependent {
                package_name: name.to_owned(),
                display_name: release.display_name.clone(),
                version: release.version.clone(),
                status: Status::Active,
                range: edge.range.clone(),
            },
        );
    }
}

fn edge_to<'a>(release: &'a Release, package: &str) -> Option<&'a Dependency> {
    release
        .dependencies
        .iter()
        .find(|edge| edge.package_name == package && edge.blocks())
}
