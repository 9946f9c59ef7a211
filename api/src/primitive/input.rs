//! What callers ask of lists. Every text is bounded; commands bring input types of their own.

use cinatra_domain::extension::{Kind, PackageName, Status};
use cinatra_projections::Keyset;
use schemars::JsonSchema;
use serde::Deserialize;

/// Rows of a page that does not say.
const LIMIT: u16 = 50;

/// Which page of which list.
fn keyset(list: &'static str, limit: Option<u16>, cursor: Option<String>) -> Keyset {
    Keyset {
        list,
        limit: limit.unwrap_or(LIMIT),
        cursor,
    }
}

/// Which installed extensions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListExtensions {
    /// Only of this kind.
    pub(super) kind: Option<Kind>,
    /// Only in this state.
    pub(super) status: Option<Status>,
    /// Only with this text in name, display name or description, whatever its case.
    #[schemars(length(max = 200))]
    pub(super) query: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which skills of installed packages.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListSkills {
    /// Only of this package.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub(super) package_name: Option<String>,
    /// Only in this state: an archived package's skills may not be used.
    pub(super) status: Option<Status>,
    /// Only with this text in name, description or package name, whatever its case.
    #[schemars(length(max = 200))]
    pub(super) query: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// One skill.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GetSkill {
    /// The `skillId` of a list, a UUID.
    #[schemars(length(max = 36))]
    pub(super) skill_id: String,
}

/// One extension's history.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Timeline {
    /// Scoped package name, for example `@acme/mail-agent`.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub(super) package_name: String,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which destructive operations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LifecycleAudit {
    /// Only of this package.
    #[schemars(length(max = 214), regex(pattern = PackageName::PATTERN))]
    pub(super) package_name: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Which privileged decisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditEvents {
    /// Only about this kind of resource, for example `extension`.
    #[schemars(length(max = 100))]
    pub(super) resource_type: Option<String>,
    /// Only about this resource, for example a package name.
    #[schemars(length(max = 256))]
    pub(super) resource_id: Option<String>,
    /// Only this operation, for example `archive`.
    #[schemars(length(max = 100))]
    pub(super) operation: Option<String>,
    /// Most rows to answer with; 50 when absent.
    #[schemars(range(min = 1, max = 200))]
    pub(super) limit: Option<u16>,
    /// The page before's `nextCursor`.
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

impl ListExtensions {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("extensions", self.limit, self.cursor.clone())
    }
}

impl ListSkills {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("skills", self.limit, self.cursor.clone())
    }
}

impl Timeline {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("extension_timeline", self.limit, self.cursor.clone())
    }
}

impl LifecycleAudit {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("extension_lifecycle_audit", self.limit, self.cursor.clone())
    }
}

impl AuditEvents {
    pub(super) fn keyset(&self) -> Keyset {
        keyset("audit_events", self.limit, self.cursor.clone())
    }
}
