//! Whose a project is, who else has access, and how much.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::{TeamId, UserId};

/// On which level a project is, and whose: a step up is for ever. Source: settled.md 42, spec/runs.md 8.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "level", content = "id", rename_all = "snake_case")]
pub enum Owner {
    /// One person.
    User(UserId),
    /// One team of the organization.
    Team(TeamId),
    /// The organization.
    Organization,
    /// The whole instance; the project stays in its organization's ledger.
    Workspace,
}

/// The levels by name, as callers write them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One person.
    User,
    /// One team of the organization.
    Team,
    /// The organization.
    Organization,
    /// The whole instance.
    Workspace,
}

impl Owner {
    /// Its level; levels are ordered upwards.
    pub const fn level(self) -> Level {
        match self {
            Self::User(_) => Level::User,
            Self::Team(_) => Level::Team,
            Self::Organization => Level::Organization,
            Self::Workspace => Level::Workspace,
        }
    }

    /// The owner as somebody to whom access could be given; nobody is that for the whole instance.
    pub const fn principal(self) -> Option<Principal> {
        match self {
            Self::User(user) => Some(Principal::User(user)),
            Self::Team(team) => Some(Principal::Team(team)),
            Self::Organization => Some(Principal::Organization),
            Self::Workspace => None,
        }
    }
}

/// Who can be given access beside the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "level", content = "id", rename_all = "snake_case")]
pub enum Principal {
    /// A member of the organization.
    User(UserId),
    /// A team of the organization.
    Team(TeamId),
    /// Every member of the organization.
    Organization,
}

/// How much access is given.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GrantRole {
    /// Look.
    Read,
    /// Work.
    Write,
    /// Administer; only the owner gives it.
    Admin,
}

/// How much access somebody has, whatever it comes from.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProjectRole {
    /// Look.
    Read,
    /// Work.
    Write,
    /// Administer.
    Admin,
    /// It is theirs.
    Owner,
}

impl From<GrantRole> for ProjectRole {
    fn from(role: GrantRole) -> Self {
        match role {
            GrantRole::Read => Self::Read,
            GrantRole::Write => Self::Write,
            GrantRole::Admin => Self::Admin,
        }
    }
}

/// Who finds a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectVisibility {
    /// Whoever has access.
    Private,
    /// Every member of the organization finds it by name; what is in it still needs access.
    Discoverable,
}
