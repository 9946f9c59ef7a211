//! Roles within an organization, and where a further one counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a member is in the organization.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationRole {
    /// Works in it.
    Member,
    /// Administers it.
    Admin,
    /// Decides who belongs to it. There is always one.
    Owner,
}

/// What a member is in a team. Source: spec/workspace.md 1.1, B-07.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Works in it.
    Member,
    /// Administers it.
    Admin,
}

/// A further role that a member can have. Source: spec/workspace.md 1.7.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ScopedRole {
    /// Makes agents and skills.
    Developer,
    /// Publishes.
    ReleaseManager,
    /// Is served, and sees little.
    Customer,
}

/// Where a further role counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleScope {
    /// On which level.
    pub level: RoleScopeLevel,
    /// Whose: the organization, team, project or user.
    #[schemars(with = "String", length(max = 36))]
    pub record_id: Uuid,
}

/// Levels on which a further role can count.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RoleScopeLevel {
    /// For one person's things.
    User,
    /// For one team's things.
    Team,
    /// Everywhere in the organization.
    Organization,
    /// In one project.
    Project,
}

/// Why somebody is no member any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// Somebody removed them.
    Removed,
    /// They left.
    Left,
    /// They were erased.
    Erased,
}
