//! What may be asked of one extension. Everything that the rules need from outside is inside.

use super::{
    Dependent, IndexedSkill, ObjectTypesDeclared, PackageName, References, Release, Version,
};
use crate::kernel::ContentRef;

/// A command to one extension.
#[derive(Clone, Debug, PartialEq)]
pub enum ExtensionCommand {
    /// See [`Install`].
    Install(Install),
    /// See [`Update`].
    Update(Update),
    /// See [`Uninstall`].
    Uninstall(Uninstall),
    /// See [`Archive`].
    Archive(Archive),
    /// See [`Restore`].
    Restore(Restore),
    /// See [`ForceDelete`].
    ForceDelete(ForceDelete),
}

/// Make a release available that was fetched, verified and stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Install {
    /// What was fetched.
    pub release: Release,
    /// The skills that it brings.
    pub skills: Vec<IndexedSkill>,
    /// The object types that it brings.
    pub object_types: ObjectTypesDeclared,
    /// The package for whose sake it is installed; absent for the root itself.
    pub required_by: Option<PackageName>,
    /// Packages that depend on it already.
    pub dependents: Vec<Dependent>,
}

/// Put another release in the place of the installed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// What was fetched.
    pub release: Release,
    /// The skills that it brings.
    pub skills: Vec<IndexedSkill>,
    /// The object types that it brings.
    pub object_types: ObjectTypesDeclared,
    /// Packages that depend on it.
    pub dependents: Vec<Dependent>,
}

/// Remove it, or archive it where something still needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Uninstall {
    /// Which package.
    pub package: PackageName,
    /// The installed version, as the caller believes.
    pub version: Version,
    /// What refers to it.
    pub references: References,
    /// Whether it is a connector of the build, which is never installed.
    pub is_compiled: bool,
}

/// Suspend it.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Which package.
    pub package: PackageName,
    /// The installed version, as the caller believes.
    pub version: Version,
    /// Whether it is a connector of the build, which is never installed.
    pub is_compiled: bool,
}

/// Make it available again at its pinned version.
#[derive(Clone, Debug, PartialEq)]
pub struct Restore {
    /// Which package.
    pub package: PackageName,
    /// Whether it is a connector of the build, which is never installed.
    pub is_compiled: bool,
}

/// Remove it whatever refers to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ForceDelete {
    /// Which package.
    pub package: PackageName,
    /// The installed version, as the caller believes.
    pub version: Version,
    /// Must be true.
    pub confirm_destructive: bool,
    /// What the person typed as a reason.
    pub reason: Option<ContentRef>,
    /// What refers to it.
    pub references: References,
    /// Whether it is a connector of the build, which is never installed.
    pub is_compiled: bool,
}
