//! What those may do who neither own nor co-own a resource.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::kernel::{ProjectId, TeamId, TenantId};

/// A word that is no visibility. Fails closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not owner, org, org:<id>, team:<id>, project:<id>, workspace or admin")]
pub struct InvalidVisibility;

/// For whom something is. Source: spec/workspace.md 2.4, `AgentAuthPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Visibility {
    /// The owner, and co-owners.
    Owner,
    /// Every member of the organization.
    Org,
    /// Every member of that organization.
    OrgOf(TenantId),
    /// Every member of a team.
    Team(TeamId),
    /// Whoever has access to a project.
    Project(ProjectId),
    /// Everybody in the workspace; on an organization's row every member of it (settled.md 42).
    Workspace,
    /// Administrators of the organization, and the owner.
    Admin,
}

impl Visibility {
    /// The word without the id.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Org | Self::OrgOf(_) => "org",
            Self::Team(_) => "team",
            Self::Project(_) => "project",
            Self::Workspace => "workspace",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::OrgOf(id) => write!(f, ":{id}"),
            Self::Team(id) => write!(f, ":{id}"),
            Self::Project(id) => write!(f, ":{id}"),
            Self::Owner | Self::Org | Self::Workspace | Self::Admin => Ok(()),
        }
    }
}

impl From<Visibility> for String {
    fn from(visibility: Visibility) -> Self {
        visibility.to_string()
    }
}

impl FromStr for Visibility {
    type Err = InvalidVisibility;
    fn from_str(text: &str) -> Result<Self, InvalidVisibility> {
        match text {
            "owner" => return Ok(Self::Owner),
            "org" => return Ok(Self::Org),
            "workspace" => return Ok(Self::Workspace),
            "admin" => return Ok(Self::Admin),
            _ => {}
        }
        let of = match text.split_once(':') {
            Some(("org", id)) => id.parse().map(Self::OrgOf),
            Some(("team", id)) => id.parse().map(Self::Team),
            Some(("project", id)) => id.parse().map(Self::Project),
            Some(_) | None => return Err(InvalidVisibility),
        };
        of.map_err(|_| InvalidVisibility)
    }
}

impl TryFrom<String> for Visibility {
    type Error = InvalidVisibility;
    fn try_from(text: String) -> Result<Self, InvalidVisibility> {
        text.parse()
    }
}

/// Absent fields fall through: a skill's to its package's, those to the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Who may look.
    pub read: Option<Visibility>,
    /// Who may use it.
    pub execute: Option<Visibility>,
    /// Who may hand it on.
    pub share: Option<Visibility>,
}

impl Policy {
    /// What counts for an extension where nobody said anything: everybody uses it, its owner hands it on.
    /// Source: spec/workspace.md 2.4, `evaluateExtensionAccess`.
    pub const FALLBACK: Self = Self {
        read: Some(Visibility::Workspace),
        execute: Some(Visibility::Workspace),
        share: Some(Visibility::Owner),
    };
}

/// The policy that counts: each field from the first of `policies` that has it. A skill's own comes before its
/// package's, so it may be tighter or wider; [`Policy::FALLBACK`] comes last.
pub fn resolve_effective_policy(policies: &[Policy]) -> Policy {
    Policy {
        read: policies.iter().find_map(|policy| policy.read),
        execute: policies.iter().find_map(|policy| policy.execute),
        share: policies.iter().find_map(|policy| policy.share),
    }
}
