//! What callers are told.

use cinatra_domain::extension::{Kind, Status, Warning};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A package at an exact version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageRef {
    /// Its name.
    pub package_name: String,
    /// Its version.
    pub package_version: String,
}

/// What an install or update did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Admitted {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// The package that was asked for.
    pub package_name: String,
    /// Its exact version.
    pub package_version: String,
    /// The version that was replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_version: Option<String>,
    /// What became available, dependencies first.
    pub installed: Vec<PackageRef>,
    /// What was available already.
    pub already_installed: Vec<PackageRef>,
    /// What had been archived and is available again.
    pub restored: Vec<PackageRef>,
    /// What was accepted though it does not conform.
    pub warnings: Vec<Warning>,
}

/// What an uninstall came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalOutcome {
    /// It is gone.
    Deleted,
    /// It is kept, archived.
    Archived,
}

/// Why an uninstall archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptBecause {
    /// It has been used.
    Used,
    /// An archived extension depends on it.
    ArchivedDependent,
}

/// What an uninstall did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uninstalled {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// The package.
    pub package_name: String,
    /// Its version.
    pub package_version: String,
    /// What became of it.
    pub outcome: RemovalOutcome,
    /// Why it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<KeptBecause>,
}

/// What an archive did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Archived {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// The package.
    pub package_name: String,
    /// Its version.
    pub package_version: String,
    /// Always `archived`.
    pub status: Status,
    /// What the admin should know.
    pub warnings: Vec<Warning>,
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// The package.
    pub package_name: String,
    /// Its version; absent for a connector, which is not installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_version: Option<String>,
    /// What the admin should know.
    pub warnings: Vec<Warning>,
}

/// A package that still depends on a destroyed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DanglingDependent {
    /// Its name.
    pub package_name: String,
    /// Its version.
    pub package_version: String,
    /// Active or archived.
    pub status: Status,
}

/// What still refers to a destroyed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DanglingReferences {
    /// Packages that depend on it.
    pub dependent_extensions: Vec<DanglingDependent>,
    /// Uses on record, runs for example.
    pub uses: u64,
}

/// What a force-delete did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForceDeleted {
    /// Always true: a refusal is an error.
    pub success: bool,
    /// The package.
    pub package_name: String,
    /// The destroyed version.
    pub package_version: String,
    /// What still refers to it.
    pub dangling_references: DanglingReferences,
}

/// A package that the registry offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// Its name.
    pub package_name: String,
    /// Its latest version.
    pub package_version: String,
    /// What it is; absent when its manifest states nothing known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The publisher's notice, when the version is deprecated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// What the registry offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offers {
    /// By name.
    pub items: Vec<Offer>,
    /// Something could not be read or looked at, so that packages may be missing.
    pub incomplete: bool,
}
