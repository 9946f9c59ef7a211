//! Why the rules say no.

use serde_json::{Map, Value, json};

use crate::kernel::{Class, Coded};

/// Why a command to a template is refused, or a run of it. The codes are stable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing of it was taken down.
    #[error("there is no such agent")]
    TemplateNotFound,
    /// No run starts.
    #[error("the agent is archived: restore it first")]
    TemplateArchived,
    /// That version was not taken down.
    #[error("there is no snapshot of version {version}")]
    VersionSnapshotMissing {
        /// Which version.
        version: String,
    },
}

impl Coded for Rejection {
    fn class(&self) -> Class {
        match self {
            Self::TemplateNotFound | Self::VersionSnapshotMissing { .. } => Class::NotFound,
            Self::TemplateArchived => Class::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TemplateNotFound => "TEMPLATE_NOT_FOUND",
            Self::TemplateArchived => "TEMPLATE_ARCHIVED",
            Self::VersionSnapshotMissing { .. } => "VERSION_SNAPSHOT_MISSING",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::VersionSnapshotMissing { version } => json!({ "version": version }),
            Self::TemplateNotFound | Self::TemplateArchived => Value::Object(Map::new()),
        }
    }
}
