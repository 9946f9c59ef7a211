//! Facts about one extension of one organization.
//!
//! The quoted names are the storage format: add lines, never edit one. A changed body is a new version
//! with an upcaster and a fixture beside the old one (ADR-0002, docs/ADDING.md).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Dependency, Kind, Origin, Status};
use crate::events;
use crate::kernel::ContentRef;

events! {
    /// Facts about one extension.
    pub enum ExtensionEvent {
        Installed => "extension.installed.v1",
        Updated => "extension.updated.v1",
        Archived => "extension.archived.v1",
        Restored => "extension.restored.v1",
        Uninstalled => "extension.uninstalled.v1",
        ForceDeleted => "extension.force_deleted.v1",
        SkillsIndexed => "extension.skills_indexed.v1",
        ObjectTypesDeclared => "extension.object_types_declared.v1",
    }
}

/// One version of a package as it was fetched, verified and stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// What the manifest says it is.
    pub kind: Kind,
    /// Exact version.
    pub version: String,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// The registry's subresource integrity of the tarball, `sha512-…`.
    pub integrity: String,
    /// Lower-case hex sha256 of the tarball: its key in the blob store.
    pub content_sha256: String,
    /// Lower-case hex sha256 of `package.json` as packed.
    pub manifest_sha256: String,
    /// Edges to other packages, normalized.
    pub dependencies: Vec<Dependency>,
    /// Codes of what was accepted though not conforming.
    pub warnings: Vec<String>,
}

/// The package became available, for the first time or again after it was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// What was installed.
    pub release: Release,
    /// The package whose installation brought this one along; absent for the root itself.
    pub required_by: Option<String>,
}

/// Another version took the place of the installed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Updated {
    /// The replaced version.
    pub from_version: String,
    /// What replaced it.
    pub release: Release,
}

/// Why an extension was archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveCause {
    /// Asked for.
    Explicit,
    /// Uninstall was asked for, but it has been used.
    UninstallUsed,
    /// Uninstall was asked for, but an archived extension depends on it.
    UninstallArchivedDependent,
}

/// The extension was suspended; everything of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// The suspended version.
    pub version: String,
    /// Why.
    pub cause: ArchiveCause,
    /// Archived packages that depend on it, when they are the cause.
    pub archived_dependents: Vec<String>,
}

/// The extension became available again at its pinned version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The pinned version.
    pub version: String,
}

/// The extension was removed; nothing depended on it and it had not been used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uninstalled {
    /// The removed version.
    pub version: String,
    /// What it was.
    pub kind: Kind,
}

/// What force-delete destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The destroyed release, whole.
    pub release: Release,
    /// Its status right before.
    pub status: Status,
}

/// A package that still refers to a destroyed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DanglingDependent {
    /// Its name.
    pub package_name: String,
    /// Its version.
    pub version: String,
    /// Whether it is active or archived.
    pub status: Status,
}

/// What still refers to a destroyed extension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DanglingReferences {
    /// Extensions that depend on it.
    pub dependent_extensions: Vec<DanglingDependent>,
    /// Number of uses on record, runs for example.
    pub uses: u64,
}

/// The extension was removed whatever depended on it. This event is the audit record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForceDeleted {
    /// What was destroyed.
    pub snapshot: Snapshot,
    /// What refers to it still.
    pub dangling: DanglingReferences,
    /// What the person typed as a reason.
    pub reason: Option<ContentRef>,
}

/// A skill that a package brings, as its `SKILL.md` describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedSkill {
    /// By which it is called; unique within the package.
    pub name: String,
    /// When to use it; cut where it was too long.
    pub description: Option<String>,
    /// Where its file lies in the package.
    pub path: String,
    /// Lower-case hex sha256 of that file.
    pub content_sha256: String,
}

/// The skills of the installed package, all of them: said anew whenever a release is placed that has skills or
/// whose package had some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillsIndexed {
    /// By path; empty when the release brings none any more.
    pub skills: Vec<IndexedSkill>,
}

/// A type of objects, as a package declares it, or says that it brings such objects forth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredType {
    /// `@scope/package:local`.
    pub object_type: String,
    /// How the package claims it, for example `dedicated`.
    pub claim: Option<String>,
    /// For people.
    pub display_name: Option<String>,
    /// `profile`, `content`, `project`, `idea` or `report`.
    pub category: Option<String>,
    /// Fields that say what an object is.
    pub canonical_keys: Vec<String>,
    /// The field that tells one from another.
    pub identity_key: Option<String>,
    /// Words and switches that say how objects of it are handled, as written.
    pub dispositions: Map<String, Value>,
    /// JSON Schema of an object; absent when there is none, or it was left out.
    pub schema: Option<Value>,
}

/// The object types of the installed package, all of them: said anew whenever a release is placed that has some or whose
/// package had some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectTypesDeclared {
    /// By name; empty when the release brings none any more.
    pub types: Vec<DeclaredType>,
    /// Packages in whose place artifacts of this one are accepted, by name.
    pub satisfies: Vec<String>,
}

impl ObjectTypesDeclared {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.satisfies.is_empty()
    }
}

/// What an event does to the package as others see it: the one answer from which dependents, read models
/// and tags derive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<'a> {
    /// The release is there now, active if the package was absent, else as before.
    Places(&'a Release),
    /// The package is there as before, in this status.
    Flags(Status),
    /// The package is there as before; only its own history got longer.
    Keeps,
    /// The package is gone.
    Removes,
}

impl ExtensionEvent {
    /// What it does to the package as others see it.
    pub fn effect(&self) -> Effect<'_> {
        match self {
            Self::Installed(installed) => Effect::Places(&installed.release),
            Self::Updated(updated) => Effect::Places(&updated.release),
            Self::Archived(_) => Effect::Flags(Status::Archived),
            Self::Restored(_) => Effect::Flags(Status::Active),
            Self::Uninstalled(_) | Self::ForceDeleted(_) => Effect::Removes,
            Self::SkillsIndexed(_) | Self::ObjectTypesDeclared(_) => Effect::Keeps,
        }
    }
}
