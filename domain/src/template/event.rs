//! Facts about the template of one package. The quoted names are the storage format: add lines, never edit one.

use serde::{Deserialize, Serialize};

use crate::events;
use crate::kernel::{RunId, SnapshotId};

events! {
    /// Facts about the template of one package, in the ledger of the organization that installed it.
    pub enum TemplateEvent {
        Snapshotted => "template.snapshotted.v1",
        FirstRunRecorded => "template.first_run_recorded.v1",
        Archived => "template.archived.v1",
        Restored => "template.restored.v1",
        Purged => "template.purged.v1",
    }
}

/// A version was taken down, for runs to pin. Another one of the same version takes its place for later runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshotted {
    /// Which.
    pub snapshot_id: SnapshotId,
    /// Counted from 1.
    pub number: u32,
    /// Of the package.
    pub version: String,
    /// Lower-case hex sha256 of the tarball: its key in the blob store.
    pub content_sha256: String,
    /// Lower-case hex sha256 of `package.json` as packed.
    pub manifest_sha256: String,
    /// Lower-case hex sha256 of `cinatra/oas.json`.
    pub oas_sha256: String,
    /// Digest of the plan that it compiled to.
    pub plan_digest: String,
}

/// The agent was used for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstRunRecorded {
    /// The run.
    pub run_id: RunId,
}

/// No run starts any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {}

/// Runs start again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {}

/// Everything of it was forgotten, because its package was destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// How many snapshots there were.
    pub snapshots: u32,
}
