//! What may be asked of a template. Compiling comes before; what it said arrives inside the command.

use crate::extension::Version;
use crate::kernel::{RunId, SnapshotId};

/// A command to the template of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateCommand {
    /// See [`TakeSnapshot`].
    TakeSnapshot(TakeSnapshot),
    /// Remember that it was used; nothing happens after the first time.
    RecordFirstRun {
        /// The run.
        run_id: RunId,
    },
    /// Let no run start; nothing happens the second time.
    Archive,
    /// Let runs start again; nothing happens the second time.
    Restore,
    /// Forget everything; nothing happens when nothing is known.
    Purge,
}

/// Take down a version that was installed and compiles. Nothing happens for the same version with the same flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeSnapshot {
    /// Minted for it.
    pub snapshot_id: SnapshotId,
    /// Of the package.
    pub version: Version,
    /// Lower-case hex sha256 of the tarball: its key in the blob store.
    pub content_sha256: String,
    /// Lower-case hex sha256 of `package.json` as packed.
    pub manifest_sha256: String,
    /// Lower-case hex sha256 of `cinatra/oas.json`.
    pub oas_sha256: String,
    /// Digest of the plan that it compiles to.
    pub plan_digest: String,
}
