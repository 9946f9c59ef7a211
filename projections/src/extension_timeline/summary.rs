//! The particulars of an event that a reader of the history wants to see.

use cinatra_domain::extension::{ArchiveCause, DanglingReferences, ExtensionEvent, Kind, Status};
use serde::Serialize;

/// What a history shows of one event; ids and versions, nothing that a user typed.
#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Summary<'a> {
    /// Which version came, and with whom.
    Installed {
        /// What it is.
        kind: Kind,
        /// The installed version.
        version: &'a str,
        /// The package that brought it along.
        required_by: Option<&'a str>,
        /// Its warnings.
        warnings: &'a [String],
    },
    /// Which version replaced which.
    Updated {
        /// Before.
        from_version: &'a str,
        /// After.
        version: &'a str,
        /// Warnings about the new one.
        warnings: &'a [String],
    },
    /// Why it was suspended.
    Archived {
        /// The suspended version.
        version: &'a str,
        /// Why.
        cause: ArchiveCause,
        /// Archived dependents, when they are the cause.
        archived_dependents: &'a [String],
    },
    /// Which version is back, or gone.
    Version {
        /// That version.
        version: &'a str,
    },
    /// How many skills the release brings.
    SkillsIndexed {
        /// That number.
        skills: usize,
    },
    /// How many types of objects the release brings.
    ObjectTypesDeclared {
        /// That number.
        object_types: usize,
        /// Packages in whose place its artifacts are accepted.
        satisfies: &'a [String],
    },
    /// What was destroyed and what still refers to it.
    ForceDeleted {
        /// The destroyed version.
        version: &'a str,
        /// Its status right before.
        status: Status,
        /// What refers to it still.
        dangling_references: &'a DanglingReferences,
        /// Whether somebody typed a reason; the audit shows it.
        has_reason: bool,
    },
}

impl<'a> Summary<'a> {
    /// The particulars of one event.
    pub fn of(event: &'a ExtensionEvent) -> Self {
        match event {
            ExtensionEvent::Installed(body) => Self::Installed {
                kind: body.release.kind,
                version: &body.release.version,
                required_by: body.required_by.as_deref(),
                warnings: &body.release.warnings,
            },
            ExtensionEvent::Updated(body) => Self::Updated {
                from_version: &body.from_version,
                version: &body.release.version,
                warnings: &body.release.warnings,
            },
            ExtensionEvent::Archived(body) => Self::Archived {
                version: &body.version,
                cause: body.cause,
                archived_dependents: &body.archived_dependents,
            },
            ExtensionEvent::Restored(body) => Self::Version {
                version: &body.version,
            },
            ExtensionEvent::Uninstalled(body) => Self::Version {
                version: &body.version,
            },
            ExtensionEvent::SkillsIndexed(body) => Self::SkillsIndexed {
                skills: body.skills.len(),
            },
            ExtensionEvent::ObjectTypesDeclared(body) => Self::ObjectTypesDeclared {
                object_types: body.types.len(),
                satisfies: &body.satisfies,
            },
            ExtensionEvent::ForceDeleted(body) => Self::ForceDeleted {
                version: &body.snapshot.release.version,
                status: body.snapshot.status,
                dangling_references: &body.dangling,
                has_reason: body.reason.is_some(),
            },
        }
    }
}
