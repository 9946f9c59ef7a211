//! Which packages have to be installed, restored or kept so that one package can run.
//!
//! [`plan`] is pure and incremental: given what is known so far it answers which facts it still needs,
//! or the [`Plan`], or why there is none. The caller fetches the facts and asks again, so every rule of
//! resolution can be tested without a registry. There is exactly one planner; install and update use it.
//!
//! - Only edges that block ([`Dependency::blocks`]) are followed; an edge to a connector never blocks.
//! - An installed version that satisfies every edge is kept, else the greatest published version that
//!   does is taken. Nothing installed is ever replaced in passing.
//! - Every package in a closure is of the root's scope or of `@cinatra-ai`, and no other is asked for.

mod order;
mod search;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::manifest::InvalidManifest;
use super::{Dependency, Kind, Manifest, PackageName, Status, Version, Warning};
use crate::kernel::{Class, Coded};

/// Most packages in one closure.
pub const NODES_MAX: usize = 500;
/// Longest chain of edges from the root.
pub const DEPTH_MAX: usize = 20;
/// Packages of this scope may appear in every closure.
pub const FIRST_PARTY_SCOPE: &str = "@cinatra-ai";

/// What a registry serves of one package.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// Tags, `latest` among them.
    pub dist_tags: BTreeMap<String, String>,
    /// Every version whose text is an exact one, with its manifest as served.
    pub versions: BTreeMap<Version, Value>,
}

/// What is installed of one package.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    /// What it is.
    pub kind: Kind,
    /// Its version.
    pub version: Version,
    /// Active or archived.
    pub status: Status,
    /// Edges recorded at its installation.
    pub dependencies: Vec<Dependency>,
}

/// Everything the planner was told. Absent keys have not been looked up yet.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Packages as installed; `None` when not installed.
    pub installed: BTreeMap<PackageName, Option<Present>>,
    /// Packages as published; `None` when the registry does not have them.
    pub published: BTreeMap<PackageName, Option<Published>>,
    /// Manifests read from fetched tarballs. They win over what the registry serves beside them.
    pub packed: BTreeMap<(PackageName, Version), Manifest>,
}

/// What the planner answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// These facts are missing.
    Need(Need),
    /// Everything is known and satisfiable.
    Ready(Plan),
}

/// Facts to look up before asking again. At least one set is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Look up whether these are installed.
    pub installed: BTreeSet<PackageName>,
    /// Ask the registry for these.
    pub published: BTreeSet<PackageName>,
}

/// What has to be done, dependencies first, the root last.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Every package of the closure.
    pub members: Vec<Member>,
    /// What was accepted though it does not conform.
    pub warnings: Vec<Warning>,
}

impl Plan {
    /// Members that a step applies to, in order.
    pub fn with(&self, step: MemberStep) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |m| m.step == step)
    }
}

/// One package of a closure.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: PackageName,
    /// The version that was chosen.
    pub version: Version,
    /// What happens to it.
    pub step: MemberStep,
    /// Its edges, with the kind of each target filled in where it became known.
    pub dependencies: Vec<Dependency>,
}

/// What happens to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStep {
    /// The package that was asked for.
    Root,
    /// Not installed: fetch and install.
    Install,
    /// Archived at a fitting version: make it available again.
    Restore,
    /// Active at a fitting version: rely on it.
    Keep,
}

/// One edge, for messages.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirer {
    /// Who declares the edge.
    pub package_name: String,
    /// What it accepts.
    pub range: String,
}

/// Why no closure exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosureRejection {
    /// A required package is neither installed nor published.
    #[error(
        "{package}, required by {}, is not in the registry",
        names(required_by)
    )]
    MemberUnresolvable {
        /// The missing package.
        package: String,
        /// Who needs it.
        required_by: Vec<Requirer>,
    },
    /// No version satisfies every edge.
    #[error(
        "no version of {package} satisfies {} (available: {})",
        names(required_by),
        list(available)
    )]
    RangeViolation {
        /// The package.
        package: String,
        /// Who needs which range.
        required_by: Vec<Requirer>,
        /// What there is, greatest first.
        available: Vec<String>,
    },
    /// A fitting version is published, but another one is installed.
    #[error(
        "{package} is installed at {installed}, but {} needs another version: update {package} to {wanted} first",
        names(required_by)
    )]
    InstalledVersionConflict {
        /// The package.
        package: String,
        /// What is installed.
        installed: String,
        /// The greatest version that would fit.
        wanted: String,
        /// Who needs it.
        required_by: Vec<Requirer>,
    },
    /// The edges form a ring.
    #[error("dependencies form a cycle: {}", path.join(" -> "))]
    Cycle {
        /// The ring, its first package repeated at the end.
        path: Vec<String>,
    },
    /// A package of a scope that the root must not bring along.
    #[error(
        "{package}, required by {}, is of a scope that this closure may not contain",
        names(required_by)
    )]
    Scope {
        /// The package.
        package: String,
        /// Who needs it.
        required_by: Vec<Requirer>,
        /// What would be accepted.
        allowed: Vec<String>,
    },
    /// An edge names a place outside registries.
    #[error("{package} is required from a git reference, which cannot be installed from")]
    UnsupportedConstraint {
        /// The package.
        package: String,
        /// Who needs what.
        required_by: Vec<Requirer>,
    },
    /// The closure is larger than is sensible.
    #[error("the closure exceeds {limit} {what}")]
    Limit {
        /// `packages` or `levels`.
        what: &'static str,
        /// How many are accepted.
        limit: usize,
    },
    /// The manifest of a member cannot be installed from.
    #[error(transparent)]
    Manifest(#[from] InvalidManifest),
}

impl Coded for ClosureRejection {
    fn class(&self) -> Class {
        Class::Rejected
    }

    fn code(&self) -> &str {
        match self {
            Self::MemberUnresolvable { .. } => "MEMBER_UNRESOLVABLE",
            Self::RangeViolation { .. } => "RANGE_VIOLATION",
            Self::InstalledVersionConflict { .. } => "INSTALLED_VERSION_CONFLICT",
            Self::Cycle { .. } => "DEPENDENCY_CYCLE",
            Self::Scope { .. } => "DEPENDENCY_SCOPE",
            Self::UnsupportedConstraint { .. } => "UNSUPPORTED_CONSTRAINT",
            Self::Limit { .. } => "DEPENDENCY_LIMIT",
            Self::Manifest(invalid) => invalid.code(),
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::MemberUnresolvable {
                package,
                required_by,
            }
            | Self::UnsupportedConstraint {
                package,
                required_by,
            } => json!({ "packageName": package, "requiredBy": required_by }),
            Self::RangeViolation {
                package,
                required_by,
                available,
            } => json!({
                "packageName": package, "requiredBy": required_by, "availableVersions": available,
            }),
            Self::InstalledVersionConflict {
                package,
                installed,
                wanted,
                required_by,
            } => json!({
                "packageName": package, "installedVersion": installed, "wantedVersion": wanted,
                "requiredBy": required_by,
            }),
            Self::Cycle { path } => json!({ "path": path }),
            Self::Scope {
                package,
                required_by,
                allowed,
            } => json!({
                "packageName": package, "requiredBy": required_by, "allowedScopes": allowed,
            }),
            Self::Limit { what, limit } => json!({ "kind": what, "limit": limit }),
            Self::Manifest(invalid) => invalid.details(),
        }
    }
}

/// Plans the closure of `root`, whose exact version is chosen already ([`super::resolve_version`]).
pub fn plan(root: &Manifest, known: &Known) -> Result<Step, ClosureRejection> {
    search::run(root, known)
}

/// Names of requirers with their ranges.
fn names(required_by: &[Requirer]) -> String {
    let texts: Vec<String> = required_by
        .iter()
        .map(|edge| format!("{} ({})", edge.package_name, edge.range))
        .collect();
    texts.join(", ")
}

fn list(versions: &[String]) -> String {
    if versions.is_empty() {
        "none".to_owned()
    } else {
        versions.join(", ")
    }
}
