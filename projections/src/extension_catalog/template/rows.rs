//! Rows of templates and snapshots as a batch keeps them: absent fields of a change stay as they are.

use cinatra_domain::extension::Status;
use cinatra_domain::kernel::{Position, RunId, SnapshotId};
use cinatra_domain::template::{FirstRunRecorded, Snapshotted};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;

use crate::extension_catalog::package::PackageKey;
use crate::net::{Merge, replace};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct SnapshotKey {
    #[serde(flatten)]
    package: PackageKey,
    number: u32,
}

impl SnapshotKey {
    pub(super) const fn of(package: PackageKey, number: u32) -> Self {
        Self { package, number }
    }

    pub(super) fn is_of(&self, package: &PackageKey) -> bool {
        self.package == *package
    }
}

/// A template, or what changed of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct TemplateRow {
    status: Option<Status>,
    snapshots: Option<u32>,
    first_run_id: Option<RunId>,
    first_run_at: Option<Timestamp>,
    updated_at: Timestamp,
    position: Position,
}

impl Merge for TemplateRow {
    fn merge(&mut self, later: Self) {
        replace(&mut self.status, later.status);
        replace(&mut self.snapshots, later.snapshots);
        replace(&mut self.first_run_id, later.first_run_id);
        replace(&mut self.first_run_at, later.first_run_at);
        self.updated_at = later.updated_at;
        self.position = later.position;
    }
}

impl TemplateRow {
    fn at(of: &Recorded) -> Self {
        Self {
            updated_at: of.recorded_at,
            position: of.position,
            ..Self::default()
        }
    }

    /// One more version was taken down. The first makes the template; later ones keep its status.
    pub(super) fn taken(body: &Snapshotted, of: &Recorded) -> Self {
        Self {
            status: (body.number == 1).then_some(Status::Active),
            snapshots: Some(body.number),
            ..Self::at(of)
        }
    }

    pub(super) fn first_run(body: &FirstRunRecorded, of: &Recorded) -> Self {
        Self {
            first_run_id: Some(body.run_id),
            first_run_at: Some(of.recorded_at),
            ..Self::at(of)
        }
    }

    pub(super) fn flagged(status: Status, of: &Recorded) -> Self {
        Self {
            status: Some(status),
            ..Self::at(of)
        }
    }
}

/// A version that was taken down, for good.
#[derive(Debug, Serialize)]
pub(super) struct SnapshotRow {
    snapshot_id: SnapshotId,
    version: String,
    content_sha256: String,
    manifest_sha256: String,
    oas_sha256: String,
    plan_digest: String,
    taken_at: Timestamp,
    position: Position,
}

impl SnapshotRow {
    pub(super) fn of(body: &Snapshotted, of: &Recorded) -> Self {
        Self {
            snapshot_id: body.snapshot_id,
            version: body.version.clone(),
            content_sha256: body.content_sha256.clone(),
            manifest_sha256: body.manifest_sha256.clone(),
            oas_sha256: body.oas_sha256.clone(),
            plan_digest: body.plan_digest.clone(),
            taken_at: of.recorded_at,
            position: of.position,
        }
    }
}
