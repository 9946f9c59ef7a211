//! Rows of packages, templates and snapshots as a batch keeps them: absent fields of a change stay as they are.

use cinatra_domain::extension::{Kind, Release, Status, Visibility};
use cinatra_domain::kernel::{Position, RunId, SnapshotId, TenantId};
use cinatra_domain::template::{FirstRunRecorded, Snapshotted};
use cinatra_eventstore::Recorded;
use jiff::Timestamp;
use serde::Serialize;

use crate::net::{Merge, replace};

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct PackageKey {
    tenant_id: TenantId,
    package_name: String,
}

impl PackageKey {
    /// Whose history it is, that of the extension or that of its template.
    pub(super) fn of_stream(recorded: &Recorded) -> Self {
        Self {
            tenant_id: recorded.tenant,
            package_name: recorded.stream.id().to_owned(),
        }
    }
}

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

/// An installed package, or what changed of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct PackageRow {
    /// Whether another release took its place, so that what follows is told anew.
    is_placed: bool,
    kind: Option<Kind>,
    version: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    scope: Option<String>,
    visibility: Option<Visibility>,
    status: Option<Status>,
    installed_at: Option<Timestamp>,
    updated_at: Timestamp,
    position: Position,
}

impl Merge for PackageRow {
    fn merge(&mut self, later: Self) {
        if later.is_placed {
            self.is_placed = true;
            self.kind = later.kind;
            self.version = later.version;
            self.display_name = later.display_name;
            self.description = later.description;
            self.scope = later.scope;
            self.visibility = later.visibility;
        }
        replace(&mut self.status, later.status);
        self.updated_at = later.updated_at;
        self.position = later.position;
    }
}

impl PackageRow {
    /// The event happened to it.
    pub(super) fn at(of: &Recorded) -> Self {
        Self {
            updated_at: of.recorded_at,
            position: of.position,
            ..Self::default()
        }
    }

    /// It was not there before.
    pub(super) fn new(release: &Release, of: &Recorded) -> Self {
        Self {
            status: Some(Status::Active),
            installed_at: Some(of.recorded_at),
            ..Self::other(release, of)
        }
    }

    /// Another release of it.
    pub(super) fn other(release: &Release, of: &Recorded) -> Self {
        Self {
            is_placed: true,
            kind: Some(release.kind),
            version: Some(release.version.clone()),
            display_name: release.display_name.clone(),
            description: release.description.clone(),
            scope: Some(release.origin.scope.clone()),
            visibility: Some(release.origin.visibility),
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
