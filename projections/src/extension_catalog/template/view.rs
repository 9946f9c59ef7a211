//! What readers get of templates and their snapshots.

use cinatra_domain::kernel::{Position, RunId, SnapshotId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::Error;
use crate::read::{column, count, word};

const TEMPLATES: &str = "templates";
const SNAPSHOTS: &str = "snapshots";

/// An installed agent as something that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// Scoped npm name.
    pub package_name: String,
    /// Whether it runs.
    pub status: TemplateStatus,
    /// The installed version.
    pub version: String,
    /// For people.
    pub display_name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The snapshot of the installed version that a new run pins; absent when there is none.
    #[schemars(with = "Option<Uuid>")]
    pub current_snapshot_id: Option<SnapshotId>,
    /// How many snapshots were taken.
    pub snapshots: u32,
    /// The run that used it first; absent while it was not used.
    #[schemars(with = "Option<Uuid>")]
    pub first_run_id: Option<RunId>,
    /// When that was told.
    pub first_run_at: Option<Timestamp>,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// When it last changed, as an extension or as a template.
    pub updated_at: Timestamp,
    /// The event that last changed it.
    #[schemars(with = "i64")]
    pub position: Position,
}

/// Whether an agent runs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStatus {
    /// Runs may start.
    Active,
    /// No run starts: the extension or the template is archived.
    Archived,
    /// No run starts: no version was taken down, or everything was forgotten.
    Absent,
}

impl TemplateStatus {
    /// As the statements say it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
            Self::Absent => "absent",
        }
    }
}

/// A version of an agent as it was taken down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Which.
    #[schemars(with = "Uuid")]
    pub snapshot_id: SnapshotId,
    /// Counted from 1, over all versions of the package.
    pub number: u32,
    /// Of which version.
    pub version: String,
    /// sha256 of the tarball, in hex.
    pub content_sha256: String,
    /// sha256 of `package.json` as packed, in hex.
    pub manifest_sha256: String,
    /// sha256 of the flow, in hex.
    pub oas_sha256: String,
    /// Digest of the plan that it compiled to.
    pub plan_digest: String,
    /// When.
    pub taken_at: Timestamp,
    /// The event that says so.
    #[schemars(with = "i64")]
    pub position: Position,
}

impl TryFrom<&Row> for Template {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        let snapshot_id: Option<Uuid> = column(row, TEMPLATES, "snapshot_id")?;
        let first_run_id: Option<Uuid> = column(row, TEMPLATES, "first_run_id")?;
        Ok(Self {
            package_name: column(row, TEMPLATES, "package_name")?,
            status: word(row, TEMPLATES, "status")?,
            version: column(row, TEMPLATES, "version")?,
            display_name: column(row, TEMPLATES, "display_name")?,
            description: column(row, TEMPLATES, "description")?,
            current_snapshot_id: snapshot_id.map(SnapshotId),
            snapshots: count(row, TEMPLATES, "snapshots")?,
            first_run_id: first_run_id.map(RunId),
            first_run_at: column(row, TEMPLATES, "first_run_at")?,
            installed_at: column(row, TEMPLATES, "installed_at")?,
            updated_at: column(row, TEMPLATES, "updated_at")?,
            position: Position(column(row, TEMPLATES, "position")?),
        })
    }
}

impl TryFrom<&Row> for Snapshot {
    type Error = Error;

    fn try_from(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            snapshot_id: SnapshotId(column(row, SNAPSHOTS, "snapshot_id")?),
            number: count(row, SNAPSHOTS, "number")?,
            version: column(row, SNAPSHOTS, "version")?,
            content_sha256: column(row, SNAPSHOTS, "content_sha256")?,
            manifest_sha256: column(row, SNAPSHOTS, "manifest_sha256")?,
            oas_sha256: column(row, SNAPSHOTS, "oas_sha256")?,
            plan_digest: column(row, SNAPSHOTS, "plan_digest")?,
            taken_at: column(row, SNAPSHOTS, "taken_at")?,
            position: Position(column(row, SNAPSHOTS, "position")?),
        })
    }
}
