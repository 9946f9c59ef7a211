//! Values that describe one installed release.

use serde::{Deserialize, Serialize};

/// What an extension is; the manifest's `cinatra.kind` decides, never the name.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An OAS Flow agent.
    Agent,
    /// A typed deliverable.
    Artifact,
    /// An integration that ships with the build.
    Connector,
    /// A bundle of `SKILL.md` files.
    Skill,
    /// A multi-stage release flow with its dashboard.
    Workflow,
}

/// Whether an installed extension may be used.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Installed and reachable.
    Active,
    /// Installed but suspended.
    Archived,
}

/// Who may see an extension across instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone.
    Public,
    /// Instances of the same scope.
    Private,
}

/// Where a release came from. Source: seed 004, `origin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Scoped npm name.
    pub package_name: String,
    /// Exact version.
    pub version: String,
    /// `@scope` of the publishing instance.
    pub scope: String,
    /// Opaque key of a private destination; null for the public registry.
    pub destination_id: Option<String>,
    /// Where it was fetched; `directory:<name>` for a folder of tarballs.
    pub registry_url: String,
    /// Who may see it.
    pub visibility: Visibility,
}

/// When an edge has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeType {
    /// While the extension runs.
    Runtime,
    /// While it is being installed.
    InstallTime,
    /// Provided by the surroundings; checked at activation only.
    Peer,
}

/// Whether an edge may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// It may not.
    Required,
    /// It may.
    Optional,
}

/// An edge to another package, normalized from whatever form the manifest used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// The other package.
    pub package_name: String,
    /// Its kind, when the manifest states it.
    pub kind: Option<Kind>,
    /// When the edge has to hold.
    pub edge_type: EdgeType,
    /// npm range or exact version; `*` for any.
    pub range: String,
    /// Whether it may be missing.
    pub requirement: Requirement,
}

impl Dependency {
    /// Whether uninstalling the other package would break this edge, and installing must satisfy it:
    /// required, not a peer, and not a connector (settled.md 23, 24).
    pub fn blocks(&self) -> bool {
        self.requirement == Requirement::Required
            && self.edge_type != EdgeType::Peer
            && self.kind != Some(Kind::Connector)
    }
}
