//! Why the rules say no.

use serde_json::{Value, json};

use super::{ClosureRejection, InvalidManifest, Kind};
use crate::kernel::{Class, Coded};

/// A dependent with the range that a change would leave unsatisfied.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokenDependent {
    /// Its name.
    pub package_name: String,
    /// What its edge accepts.
    pub range: String,
}

/// Why a command to an extension is refused. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It is absent.
    #[error("{package} is not installed")]
    NotInstalled {
        /// Which package.
        package: String,
    },
    /// Another version is active; replacing it is an update.
    #[error("{package} is installed at {installed}: update it instead")]
    AlreadyInstalled {
        /// Which package.
        package: String,
        /// Its version.
        installed: String,
    },
    /// It is archived, and the command needs it active.
    #[error("{package} is archived: restore it first")]
    ExtensionArchived {
        /// Which package.
        package: String,
    },
    /// The caller named another version than the installed one.
    #[error("{package} is installed at {installed}, not at {requested}")]
    VersionMismatch {
        /// Which package.
        package: String,
        /// Its version.
        installed: String,
        /// What the caller named.
        requested: String,
    },
    /// An update replaces a version with a newer one.
    #[error("{package} is installed at {installed}, which is newer than {requested}")]
    DowngradeRefused {
        /// Which package.
        package: String,
        /// Its version.
        installed: String,
        /// What the caller named.
        requested: String,
    },
    /// Something active needs it.
    #[error("{package} is required by {dependent}: uninstall {dependent} first")]
    ActiveDependent {
        /// Which package.
        package: String,
        /// The first dependent, as people call it.
        dependent: String,
        /// All of them, by name.
        dependents: Vec<String>,
    },
    /// Something active does not accept the new version.
    #[error(
        "{package} {version} does not satisfy what depends on it: {}",
        names(dependents)
    )]
    UpdateBreaksDependents {
        /// Which package.
        package: String,
        /// The version it would get.
        version: String,
        /// All that would break.
        dependents: Vec<BrokenDependent>,
    },
    /// Connectors are part of the build.
    #[error(
        "{package} is a connector: connectors ship with the build and cannot be changed at run time"
    )]
    ConnectorWorkspaceCompiled {
        /// Which package.
        package: String,
    },
    /// It is called like a package that every system has.
    #[error(
        "{package} is called like {reserved}, which is built in: nothing else of that name is installed"
    )]
    PackageNameReserved {
        /// Which package.
        package: String,
        /// The built-in one.
        reserved: &'static str,
    },
    /// The package contains what its kind forbids.
    #[error("{package} is of kind {kind} and must not contain {file}")]
    ForbiddenFile {
        /// Which package.
        package: String,
        /// Its kind.
        kind: Kind,
        /// The file.
        file: &'static str,
    },
    /// A destructive command without its confirmation.
    #[error("force-deleting {package} destroys it: confirmDestructive must be true")]
    ConfirmationRequired {
        /// Which package.
        package: String,
    },
    /// The registry does not have it.
    #[error("{package} is not in the registry")]
    PackageNotFound {
        /// Which package.
        package: String,
    },
    /// The registry does not have this version or tag of it.
    #[error("{package} has no version {requested}")]
    VersionNotFound {
        /// Which package.
        package: String,
        /// What the caller named.
        requested: String,
        /// What there is, greatest first.
        available: Vec<String>,
    },
    /// It is private to another scope.
    #[error("{package} is private and not accessible from this instance")]
    PackagePrivate {
        /// Which package.
        package: String,
    },
    /// Its manifest cannot be installed from.
    #[error(transparent)]
    Manifest(#[from] InvalidManifest),
    /// What it needs cannot be had.
    #[error(transparent)]
    Closure(#[from] ClosureRejection),
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::NotInstalled { .. }
            | Self::PackageNotFound { .. }
            | Self::VersionNotFound { .. } => Class::NotFound,
            Self::AlreadyInstalled { .. }
            | Self::ExtensionArchived { .. }
            | Self::VersionMismatch { .. } => Class::Conflict,
            Self::PackagePrivate { .. } => Class::Forbidden,
            Self::ConfirmationRequired { .. } => Class::Invalid,
            Self::DowngradeRefused { .. }
            | Self::ActiveDependent { .. }
            | Self::UpdateBreaksDependents { .. }
            | Self::ConnectorWorkspaceCompiled { .. }
            | Self::PackageNameReserved { .. }
            | Self::ForbiddenFile { .. } => Class::Rejected,
            Self::Manifest(invalid) => invalid.class(),
            Self::Closure(rejection) => rejection.class(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::NotInstalled { .. } => "NOT_INSTALLED",
            Self::AlreadyInstalled { .. } => "ALREADY_INSTALLED",
            Self::ExtensionArchived { .. } => "EXTENSION_ARCHIVED",
            Self::VersionMismatch { .. } => "VERSION_MISMATCH",
            Self::DowngradeRefused { .. } => "DOWNGRADE_REFUSED",
            Self::ActiveDependent { .. } => "ACTIVE_DEPENDENT",
            Self::UpdateBreaksDependents { .. } => "UPDATE_BREAKS_DEPENDENTS",
            Self::ConnectorWorkspaceCompiled { .. } => "CONNECTOR_WORKSPACE_COMPILED",
            Self::PackageNameReserved { .. } => "PACKAGE_NAME_RESERVED",
            Self::ForbiddenFile { .. } => "FORBIDDEN_FILE",
            Self::ConfirmationRequired { .. } => "CONFIRMATION_REQUIRED",
            Self::PackageNotFound { .. } => "PACKAGE_NOT_FOUND",
            Self::VersionNotFound { .. } => "VERSION_NOT_FOUND",
            Self::PackagePrivate { .. } => "PACKAGE_PRIVATE",
            Self::Manifest(invalid) => invalid.code(),
            Self::Closure(rejection) => rejection.code(),
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::NotInstalled { package }
            | Self::ExtensionArchived { package }
            | Self::ConnectorWorkspaceCompiled { package }
            | Self::ConfirmationRequired { package }
            | Self::PackageNotFound { package }
            | Self::PackagePrivate { package } => json!({ "packageName": package }),
            Self::AlreadyInstalled { package, installed } => {
                json!({ "packageName": package, "installedVersion": installed })
            }
            Self::VersionMismatch {
                package,
                installed,
                requested,
            }
            | Self::DowngradeRefused {
                package,
                installed,
                requested,
            } => json!({
                "packageName": package, "installedVersion": installed, "packageVersion": requested,
            }),
            Self::ActiveDependent {
                package,
                dependent: _,
                dependents,
            } => json!({ "packageName": package, "dependents": dependents }),
            Self::UpdateBreaksDependents {
                package,
                version,
                dependents,
            } => json!({
                "packageName": package, "packageVersion": version, "dependents": dependents,
            }),
            Self::PackageNameReserved { package, reserved } => {
                json!({ "packageName": package, "reservedName": reserved })
            }
            Self::ForbiddenFile {
                package,
                kind,
                file,
            } => json!({ "packageName": package, "kind": kind, "file": file }),
            Self::VersionNotFound {
                package,
                requested,
                available,
            } => json!({
                "packageName": package, "packageVersion": requested, "availableVersions": available,
            }),
            Self::Manifest(invalid) => invalid.details(),
            Self::Closure(rejection) => rejection.details(),
        }
    }
}

fn names(dependents: &[BrokenDependent]) -> String {
    let texts: Vec<String> = dependents
        .iter()
        .map(|dependent| format!("{} needs {}", dependent.package_name, dependent.range))
        .collect();
    texts.join(", ")
}
