//! What access can be given to: four kinds, and no other.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::{InvalidId, RunId, TenantId};

/// The kinds of resource that have co-owners and policies. Source: seed 000, spec/workspace.md 2.1.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// An installed agent.
    AgentTemplate,
    /// One run of an agent.
    AgentRun,
    /// An installed package of skills.
    SkillPackage,
    /// One skill of a package.
    Skill,
}

impl ResourceKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentTemplate => "agent_template",
            Self::AgentRun => "agent_run",
            Self::SkillPackage => "skill_package",
            Self::Skill => "skill",
        }
    }
}

/// Identity of a resource within its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(pub Uuid);

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ResourceId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId {
            kind: "resource",
            reason: "not a UUID",
        })
    }
}

/// One resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// Which kind.
    pub kind: ResourceKind,
    /// Which one.
    pub id: ResourceId,
}

impl Resource {
    /// The installed agent of a package: the same id for as long as the organization exists.
    pub fn agent_template(organization: TenantId, package: &str) -> Self {
        Self::derive(ResourceKind::AgentTemplate, organization, &[package])
    }

    /// The installed package of skills.
    pub fn skill_package(organization: TenantId, package: &str) -> Self {
        Self::derive(ResourceKind::SkillPackage, organization, &[package])
    }

    /// A skill of a package, by the name that its file gives it.
    pub fn skill(organization: TenantId, package: &str, skill: &str) -> Self {
        Self::derive(ResourceKind::Skill, organization, &[package, skill])
    }

    /// A run: its id is the resource's.
    pub const fn agent_run(run: RunId) -> Self {
        Self {
            kind: ResourceKind::AgentRun,
            id: ResourceId(run.0),
        }
    }

    /// First 16 bytes of blake3 over kind, organization and names, each length-prefixed, as a UUID of version 8.
    fn derive(kind: ResourceKind, organization: TenantId, names: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("cinatra 2026 id of a resource");
        let mut field = |bytes: &[u8]| {
            let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            hasher.update(&len.to_be_bytes());
            hasher.update(bytes);
        };
        field(kind.as_str().as_bytes());
        field(organization.uuid().as_bytes());
        for name in names {
            field(name.as_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let id = ResourceId(uuid::Builder::from_custom_bytes(bytes).into_uuid());
        Self { kind, id }
    }

    /// Second half of the stream that tells who may use it.
    pub fn stream(self) -> String {
        format!("{}:{}", self.kind.as_str(), self.id)
    }
}
